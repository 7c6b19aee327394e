import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';

const ASSETS = new URL('./assets/', import.meta.url);
const parsed = new Map<string, unknown>();
const checked = new Map<string, unknown>();

/** Content of a data file that ships with the profiles, by its path below assets/; read once. */
export function readAsset(path: string): unknown {
  if (!parsed.has(path)) parsed.set(path, parse(readFileSync(new URL(path, ASSETS), 'utf8')));
  return parsed.get(path);
}

/** Paths of the YAML files in a folder of assets/, in alphabetical order. */
export function listAssets(folder: string): readonly string[] {
  return readdirSync(new URL(`${folder}/`, ASSETS))
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => `${folder}/${file}`);
}

/** The same, checked; throws where a file that ships is not as the schema says. */
export function readChecked<T extends z.ZodType>(path: string, schema: T): z.output<T> {
  if (!checked.has(path)) checked.set(path, schema.parse(readAsset(path)));
  return checked.get(path) as z.output<T>;
}
