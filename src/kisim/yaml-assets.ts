import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { err, ok, type Result } from '../base/result.js';

const SUFFIX = '.yaml';

/** Names of the YAML files in a folder, without their ending, in alphabetical order. */
export function listAssets(folder: URL): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

/**
 * The text of a file of that folder by its name, or of a user's own by path (anything with a slash or ending in .yaml). The
 * error begins with `kind`, which says what is looked for.
 */
export function readAsset(folder: URL, nameOrPath: string, kind: string): Result<string, string> {
  const isPath = nameOrPath.includes('/') || nameOrPath.endsWith(SUFFIX);
  if (!isPath && !listAssets(folder).includes(nameOrPath))
    return err(
      `unknown ${kind} "${nameOrPath}"; there are ${listAssets(folder).join(', ')}, or give the path of a .yaml file`,
    );
  try {
    return ok(readFileSync(isPath ? nameOrPath : new URL(`${nameOrPath}${SUFFIX}`, folder), 'utf8'));
  } catch (cause) {
    return err(`${kind} ${nameOrPath}: ${cause instanceof Error ? cause.message : 'not readable'}`);
  }
}

/** The value of a YAML text; the error begins with `label`. */
export function parseYaml(text: string, label: string): Result<unknown, string> {
  try {
    return ok(parse(text));
  } catch (cause) {
    return err(`${label}: ${cause instanceof Error ? cause.message : 'not YAML'}`);
  }
}
