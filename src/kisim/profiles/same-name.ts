/** Names as people write them: `RTX 4090`, `rtx-4090` and `RTX4090` are the same. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9.]/g, '');
}

/** The one that carries this name, as its own or as an alias. */
export function findByName<T extends { readonly name: string; readonly aliases: readonly string[] }>(
  all: readonly T[],
  name: string,
): T | undefined {
  const plain = plainName(name);
  return all.find((one) => [one.name, ...one.aliases].some((known) => plainName(known) === plain));
}
