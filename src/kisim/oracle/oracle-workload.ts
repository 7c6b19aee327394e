import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { err, ok, type Result } from '../../base/result.js';
import type { Seconds, Tokens } from '../../base/units.js';
import { type Column, readRows } from '../traffic/csv-rows.js';
import { linesOfText } from '../traffic/lines.js';
import { TraceError } from '../traffic/trace-error.js';

const count = z.number().int().min(1).max(1e9);
const seconds = z.number().min(0).max(1e3);

/** What one workload of an oracle folder says of the scheduler that was recorded; an entry of its `index.json`. */
const ENTRY = z.object({
  name: z.string().min(1),
  kv_blocks: count,
  block_size: count,
  max_num_seqs: count,
  max_num_batched_tokens: count,
  prefix_caching: z.boolean().default(false),
  /** a + m * tokens + b * decodes + g * context + p * sum over chunks of c * (h + c / 2), seconds. */
  law: z.object({ a: seconds, m: seconds, b: seconds, g: seconds, p: seconds }),
});

const INDEX = z.array(ENTRY);

export type OracleEntry = z.infer<typeof ENTRY>;

/** One request, and what the recorded scheduler made of it; times relative to its arrival. */
export interface OracleRow {
  readonly arrival: Seconds;
  readonly inputTokens: Tokens;
  readonly outputTokens: Tokens;
  readonly prefixGroup: number;
  readonly prefixTokens: Tokens;
  /** To the start of the first step that holds it. */
  readonly queue: Seconds;
  readonly ttft: Seconds;
  readonly latency: Seconds;
  readonly preemptions: number;
}

export interface OracleWorkload {
  readonly entry: OracleEntry;
  readonly rows: readonly OracleRow[];
}

const COLUMNS: readonly Column[] = [
  { name: 'arrival_s', min: 0, max: Number.POSITIVE_INFINITY },
  { name: 'input_tokens', min: 1, max: 1e7 },
  { name: 'output_tokens', min: 1, max: 1e7 },
  { name: 'prefix_group', min: -1, max: 2 ** 31 - 1 },
  { name: 'prefix_tokens', min: 0, max: 1e7 },
  { name: 'queue_s', min: 0, max: Number.POSITIVE_INFINITY },
  { name: 'ttft_s', min: 0, max: Number.POSITIVE_INFINITY },
  { name: 'latency_s', min: 0, max: Number.POSITIVE_INFINITY },
  { name: 'preemptions', min: 0, max: 1e6 },
];

/** Names of the workloads of an oracle folder, in the order of its `index.json`. */
export function listOracleWorkloads(folder: string): Result<readonly string[], string> {
  const index = readIndex(folder);
  return index.ok ? ok(index.value.map(({ name }) => name)) : index;
}

/** Whether a path is a folder of workloads, rather than one workload in a folder. */
export function isOracleFolder(path: string): boolean {
  return existsSync(join(path, 'index.json'));
}

/** Reads `NAME.csv.gz` (or `NAME.csv`) and its entry of `index.json`; the error names file, line or field, and what is allowed. */
export function readOracleWorkload(folder: string, name: string): Result<OracleWorkload, string> {
  const index = readIndex(folder);
  if (!index.ok) return index;
  const entry = index.value.find((one) => one.name === name);
  if (!entry) return err(`${name}: not in ${join(folder, 'index.json')}, which has ${namesOf(index.value)}`);
  const plain = join(folder, `${name}.csv`);
  const packed = `${plain}.gz`;
  try {
    const text = existsSync(packed) ? gunzipSync(readFileSync(packed)).toString() : readFileSync(plain, 'utf8');
    return ok({ entry, rows: readOracleRows(text) });
  } catch (error) {
    if (error instanceof TraceError) return err(`${packed}: ${error.message}`);
    return err(`${packed}: ${error instanceof Error ? error.message : 'not readable'}`);
  }
}

function readOracleRows(text: string): readonly OracleRow[] {
  const rows: OracleRow[] = [];
  for (const { line, values } of readRows(linesOfText(text), COLUMNS)) {
    const [arrival, inputTokens, outputTokens, prefixGroup, prefixTokens, queue, ttft, latency, preemptions] =
      values as [number, number, number, number, number, number, number, number, number];
    if (arrival < (rows.at(-1)?.arrival ?? 0)) throw new TraceError(line, 'arrivals must not go back');
    rows.push({ arrival, inputTokens, outputTokens, prefixGroup, prefixTokens, queue, ttft, latency, preemptions });
  }
  if (rows.length === 0) throw new TraceError(2, 'the workload has no rows');
  return rows;
}

function readIndex(folder: string): Result<readonly OracleEntry[], string> {
  const path = join(folder, 'index.json');
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return err(`${path}: ${error instanceof Error ? error.message : 'not readable'}`);
  }
  const parsed = INDEX.safeParse(content);
  if (parsed.success) return ok(parsed.data);
  return err(
    `${path}: ${parsed.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`).join('; ')}`,
  );
}

function namesOf(entries: readonly OracleEntry[]): string {
  return entries.map(({ name }) => name).join(', ');
}
