import type { EvaluationRow } from './row.js';

/** One line of a file of finished runs: the row, and the key of its run (`keyOfRun`). Not a number is null, as JSON has it. */
export function formatRowLine(row: EvaluationRow, key: string): string {
  return `${JSON.stringify({ ...row, run: key })}\n`;
}

/**
 * The rows of such a file by key. A last line that was cut off, because the process was killed while it wrote, counts as not
 * there; `complete` is how many characters are sound. Throws where any other line is no row.
 */
export function parseRowLines(text: string): {
  readonly rows: ReadonlyMap<string, EvaluationRow>;
  readonly complete: number;
} {
  const rows = new Map<string, EvaluationRow>();
  const complete = text.lastIndexOf('\n') + 1;
  for (const [i, line] of text.slice(0, complete).split('\n').entries()) {
    if (line === '') continue;
    const found = parseRow(line);
    if (!found) throw new RangeError(`line ${i + 1}: must be a row of an evaluation, found ${line.slice(0, 60)}`);
    rows.set(found.key, found.row);
  }
  return { rows, complete };
}

function parseRow(line: string): { readonly key: string; readonly row: EvaluationRow } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { run, ...row } = value as Record<string, unknown>;
  if (typeof run !== 'string' || typeof row['cost'] !== 'number' || typeof row['missRate'] !== 'number')
    return undefined;
  const restored = Object.fromEntries(Object.entries(row).map(([key, one]) => [key, one ?? Number.NaN]));
  return { key: run, row: restored as unknown as EvaluationRow };
}
