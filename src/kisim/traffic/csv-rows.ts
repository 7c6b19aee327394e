import type { Lines } from './lines.js';
import { TraceError } from './trace-error.js';

/** Runs `read`; an error in the trace that it reads names the file. */
export function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TraceError) || error.file !== undefined) throw error;
    throw new TraceError(error.line, error.problem, file);
  }
}

/** One row of numbers, in the order of the columns asked for; NaN for an optional column that the file does not have. */
export interface Row {
  readonly line: number;
  readonly values: readonly number[];
}

/** A column that holds numbers in [min, max]. */
export interface Column {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly isOptional?: boolean;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const LONGEST_QUOTE = 40;

/** Rows of a CSV file with exactly this header (optional columns may be missing at its end). Throws TraceError. */
export function* readRows(lines: Lines, columns: readonly Column[]): Generator<Row> {
  let present: number | undefined;
  for (const { line, text } of readText(lines)) {
    if (present === undefined) present = readHeader(text, columns);
    else if (text !== '') yield { line, values: readRow(text, line, columns, present) };
  }
}

/** Lines without byte-order mark, line ends and space around; an empty text has one empty line. */
export function* readText(lines: Lines): Generator<{ readonly line: number; readonly text: string }> {
  let line = 0;
  for (const raw of lines()) {
    line++;
    yield { line, text: (line === 1 ? raw.replace(/^\uFEFF/, '') : raw).trim() };
  }
  if (line === 0) yield { line: 1, text: '' };
}

/** Fields of a CSV file of text and numbers, the header (if it has one) checked and left out. Throws TraceError. */
export function* readFields(
  lines: Lines,
  { header, count }: { readonly header?: string; readonly count: number },
): Generator<{ readonly line: number; readonly fields: readonly string[] }> {
  for (const { line, text } of readText(lines)) {
    if (line === 1 && header !== undefined) {
      if (text !== header) throw new TraceError(1, `the header must be ${header}, found ${quote(text)}`);
      continue;
    }
    if (text === '') continue;
    const fields = text.split(',').map((field) => field.trim());
    if (fields.length !== count) throw new TraceError(line, `${count} fields expected, found ${fields.length}`);
    yield { line, fields };
  }
}

function readHeader(text: string, columns: readonly Column[]): number {
  const names = text.split(',').map((name) => name.trim());
  const required = columns.filter(({ isOptional }) => !isOptional).length;
  const matches = names.length >= required && names.length <= columns.length;
  if (matches && names.every((name, i) => name === columns[i]?.name)) return names.length;
  const wanted = columns
    .map(({ name, isOptional }, i) => (isOptional ? `[,${name}]` : `${i ? ',' : ''}${name}`))
    .join('');
  throw new TraceError(1, `the header must be ${wanted}, found ${quote(text)}`);
}

function readRow(text: string, line: number, columns: readonly Column[], present: number): readonly number[] {
  const fields = text.split(',');
  if (fields.length !== present) throw new TraceError(line, `${present} fields expected, found ${fields.length}`);
  return columns.map((column, i) => (i < present ? readNumber(fields[i] as string, line, column) : Number.NaN));
}

/** The number in a field. Throws TraceError. */
export function readNumber(field: string, line: number, { name, min, max }: Column): number {
  const text = field.trim();
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new TraceError(line, `${name} must be a number, found ${quote(text)}`);
  if (value < min || value > max) throw new TraceError(line, `${name} must be ${range(min, max)}, found ${value}`);
  return value;
}

function range(min: number, max: number): string {
  return max === Number.POSITIVE_INFINITY ? `>= ${min}` : `between ${min} and ${max}`;
}

/** A found text, short enough for a message. */
export function quote(text: string): string {
  return text === '' ? 'nothing' : JSON.stringify(text.slice(0, LONGEST_QUOTE));
}
