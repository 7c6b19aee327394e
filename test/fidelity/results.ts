import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { FidelityRow } from './row.js';

/** What one check found when it last ran. */
export interface CheckResult {
  /** ISO day. */
  readonly date: string;
  readonly node: string;
  readonly rows: readonly FidelityRow[];
  /** Why it did not run. */
  readonly skipped?: string;
}

/** Results by name of the check, as docs/fidelity.json keeps them. */
export type Results = Readonly<Record<string, CheckResult>>;

export function readResults(path: string): Results {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : {};
}

export function writeResults(path: string, results: Results): void {
  writeFileSync(path, `${JSON.stringify(results, undefined, 2)}\n`);
}
