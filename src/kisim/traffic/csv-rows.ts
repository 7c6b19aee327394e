import type { Lines } from './lines.js';

/** What is wrong with a trace, and where. Lines count from 1; the header is line 1. */
export class TraceError extends Error {
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.name = 'TraceError';
    this.line = line;
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
  let line = 0;
  for (const raw of lines()) {
    line++;
    const text = (line === 1 ? raw.replace(/^\uFEFF/, '') : raw).trim();
    if (present === undefined) present = readHeader(text, columns);
    else if (text !== '') yield { line, values: readRow(text, line, columns, present) };
  }
  if (present === undefined) readHeader('', columns);
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

function readNumber(field: string, line: number, { name, min, max }: Column): number {
  const text = field.trim();
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new TraceError(line, `${name} must be a number, found ${quote(text)}`);
  if (value < min || value > max) throw new TraceError(line, `${name} must be ${range(min, max)}, found ${value}`);
  return value;
}

function range(min: number, max: number): string {
  return max === Number.POSITIVE_INFINITY ? `>= ${min}` : `between ${min} and ${max}`;
}

function quote(text: string): string {
  return text === '' ? 'nothing' : JSON.stringify(text.slice(0, LONGEST_QUOTE));
}
