import { type EvaluationRow, ROW_KEYS } from './row.js';

/** One line of a file of finished runs: the row, and the key of its run (`keyOfRun`). Not a number is null, as JSON has it. */
export function formatRowLine(row: EvaluationRow, key: string): string {
  return `${JSON.stringify({ ...row, run: key })}\n`;
}

/**
 * The rows of such a file by key. A last line that was cut off, because the process was killed while it wrote, counts as not
 * there; `complete` is how many characters are sound. Throws RangeError where any other line is no row, or one that lacks
 * something: rows that other versions wrote are not mixed with new ones.
 */
export function parseRowLines(text: string): {
  readonly rows: ReadonlyMap<string, EvaluationRow>;
  readonly complete: number;
} {
  const rows = new Map<string, EvaluationRow>();
  const complete = text.lastIndexOf('\n') + 1;
  for (const [i, line] of text.slice(0, complete).split('\n').entries()) {
    if (line === '') continue;
    const { key, row } = parseRow(line, `line ${i + 1}`);
    rows.set(key, row);
  }
  return { rows, complete };
}

function parseRow(line: string, where: string): { readonly key: string; readonly row: EvaluationRow } {
  const value = parseObject(line);
  if (typeof value?.['run'] !== 'string' || typeof value['cost'] !== 'number')
    throw new RangeError(`${where}: must be a row of an evaluation, found ${line.slice(0, 60)}`);
  const missing = ROW_KEYS.filter((key) => !Object.hasOwn(value, key));
  if (missing.length > 0)
    throw new RangeError(`${where}: a row of another version, without ${missing.join(', ')}; begin a new file`);
  const { run, ...row } = value;
  const restored = Object.fromEntries(Object.entries(row).map(([key, one]) => [key, one ?? Number.NaN]));
  return { key: run as string, row: restored as unknown as EvaluationRow };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
