import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import type { EvaluationRow } from '../../evaluation/row.js';
import { formatRowLine, parseRowLines } from '../../evaluation/row-file.js';
import { UsageError } from '../simulate/usage-error.js';

/** Finished runs on disk: those of earlier sessions, and every new one as it comes. */
export interface RowLog {
  readonly known: ReadonlyMap<string, EvaluationRow>;
  add(row: EvaluationRow, key: string): void;
}

/** Opens the file, made where there is none; without one nothing is kept. Throws UsageError, or as `fs` does. */
export function openRowLog(path: string | undefined): RowLog {
  if (path === undefined) return { known: new Map(), add: () => {} };
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const { rows, complete } = parse(path, text);
  if (complete < text.length) truncateSync(path, Buffer.byteLength(text.slice(0, complete)));
  else appendFileSync(path, '');
  return { known: rows, add: (row, key) => appendFileSync(path, formatRowLine(row, key)) };
}

function parse(path: string, text: string): ReturnType<typeof parseRowLines> {
  try {
    return parseRowLines(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`${path}: ${error.message}`);
  }
}
