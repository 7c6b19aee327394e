/** Names as people write them: `RTX 4090`, `rtx-4090` and `RTX4090` are the same. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9.]/g, '');
}

/** The one that carries this name, as its own or as an alias; the owner of an alias such as `Qwen/Qwen3-14B` may be left out. */
export function findByName<T extends { readonly name: string; readonly aliases: readonly string[] }>(
  all: readonly T[],
  name: string,
): T | undefined {
  const plain = plainName(name);
  return all.find(({ name: own, aliases }) =>
    [own, ...aliases, ...aliases.map(withoutOwner)].some((known) => plainName(known) === plain),
  );
}

function withoutOwner(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
