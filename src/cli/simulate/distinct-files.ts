import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from './usage-error.js';

/** A file and the option or argument that names it. */
export type NamedFile = readonly [name: string, path: string | undefined];

/** Throws UsageError where a file would be written over one that is read, or twice. Devices such as /dev/null may be named twice. */
export function checkDistinct(read: readonly NamedFile[], written: readonly NamedFile[]): void {
  const owners = new Map<string, string>();
  for (const [name, path] of read) if (path !== undefined) owners.set(fullPath(path), name);
  for (const [name, path] of written) {
    if (path === undefined || path.startsWith('/dev/')) continue;
    const owner = owners.get(fullPath(path));
    if (owner !== undefined) throw new UsageError(`${name}: must be another file than that of ${owner}, found ${path}`);
    owners.set(fullPath(path), name);
  }
}

const FILE_KEYS = new Set(['file', 'histogram']);

/** Paths of the files that a traffic block names, at any depth, as they are written. */
export function filesOf(block: unknown): readonly string[] {
  if (typeof block !== 'object' || block === null) return [];
  return Object.entries(block).flatMap(([key, value]) =>
    FILE_KEYS.has(key) && typeof value === 'string' ? [value] : filesOf(value),
  );
}

/** Behind links, where it is there already. */
function fullPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
