import type { Seconds, Tokens } from '../../base/units.js';
import type { RequestSpec } from '../replica/request.js';
import { quote, readText } from './csv-rows.js';
import type { Lines } from './lines.js';
import { createPrefixTree, type SharedPrefix } from './prefix-tree.js';
import { checkedTrace, type RequestTrace } from './request-trace.js';
import { TraceError } from './trace-error.js';

/** Tokens of one hashed block. */
const BLOCK: Tokens = 512;
/** Stamps are cut to three seconds. */
const STAMP: Seconds = 3;
const LONGEST: Tokens = 1e7;

interface Entry {
  readonly line: number;
  readonly at: Seconds;
  readonly input: Tokens;
  readonly output: Tokens;
  readonly blocks: readonly number[];
}

/**
 * A trace of Mooncake (kvcache-ai/Mooncake, Apache-2.0): one JSON object a line with `timestamp` (ms), `input_length`,
 * `output_length` and `hash_ids`, one id for each begun block of 512 prompt tokens; equal ids mean equal prompts up to there.
 *
 * Requests of one stamp are spread evenly over the three seconds that it was cut to. Prompts that begin alike form a tree of
 * blocks; it is split into paths, at each fork along the branch that most requests take, and a path is a prefix group: a request
 * shares with its group as many tokens as it has in common with that path. So what KISim reuses is never more than the trace
 * did; what is lost is the common trunk at the first visit of a side branch (of the published conversation trace's reused
 * blocks, 96 % remain). Throws TraceError, which names the line.
 */
export function readMooncakeTrace(lines: Lines): RequestTrace {
  const entries = [...readEntries(lines)];
  const tree = createPrefixTree();
  for (const { line, blocks } of entries)
    if (!tree.add(blocks)) throw new TraceError(line, 'hash_ids: a block follows another one than before');
  const arrivals = spreadStamps(entries);
  const rows = entries.map((entry, i): { readonly line: number; readonly request: RequestSpec } => ({
    line: entry.line,
    request: {
      arrival: arrivals[i] as Seconds,
      inputTokens: entry.input,
      outputTokens: entry.output,
      ...prefixOf(entry, tree.find(entry.blocks)),
    },
  }));
  return checkedTrace(() => rows);
}

function* readEntries(lines: Lines): Generator<Entry> {
  let start: number | undefined;
  let previous = 0;
  for (const { line, text } of readText(lines)) {
    if (text === '') continue;
    const value = parse(text, line);
    const timestamp = integer(value, 'timestamp', line, 0, Number.MAX_SAFE_INTEGER);
    if (timestamp < previous)
      throw new TraceError(line, `timestamp must not go back, found ${timestamp} after ${previous}`);
    previous = timestamp;
    start ??= timestamp;
    const input = integer(value, 'input_length', line, 1, LONGEST);
    const output = integer(value, 'output_length', line, 0, LONGEST);
    const at = (timestamp - start) / 1000;
    yield { line, at, input, output: Math.max(1, output), blocks: readBlocks(value, input, line) };
  }
}

function parse(text: string, line: number): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TraceError(line, `a line must be a JSON object, found ${quote(text)}`);
}

function integer(
  value: Readonly<Record<string, unknown>>,
  name: string,
  line: number,
  min: number,
  max: number,
): number {
  const found = Object.hasOwn(value, name) ? value[name] : undefined;
  if (typeof found === 'number' && Number.isInteger(found) && found >= min && found <= max) return found;
  throw new TraceError(line, `${name} must be an integer from ${min} to ${max}, found ${show(found)}`);
}

function readBlocks(value: Readonly<Record<string, unknown>>, input: Tokens, line: number): readonly number[] {
  const found = Object.hasOwn(value, 'hash_ids') ? value['hash_ids'] : undefined;
  const wanted = Math.ceil(input / BLOCK);
  const isList = Array.isArray(found) && found.every((id) => Number.isInteger(id));
  if (isList && found.length === wanted) return found as readonly number[];
  throw new TraceError(line, `hash_ids must be ${wanted} integers (one for ${BLOCK} tokens), found ${show(found)}`);
}

function show(found: unknown): string {
  return quote(found === undefined ? '' : JSON.stringify(found));
}

function spreadStamps(entries: readonly Entry[]): Float64Array {
  const arrivals = new Float64Array(entries.length);
  for (let first = 0; first < entries.length; ) {
    const { at } = entries[first] as Entry;
    let end = first;
    while (entries[end]?.at === at) end++;
    const width = Math.min(STAMP, (entries[end]?.at ?? Number.POSITIVE_INFINITY) - at);
    for (let i = first; i < end; i++) arrivals[i] = at + (width * (i - first)) / (end - first);
    first = end;
  }
  return arrivals;
}

function prefixOf(
  { input }: Entry,
  found: SharedPrefix | undefined,
): Pick<RequestSpec, 'prefixGroup' | 'prefixTokens'> {
  return found ? { prefixGroup: found.group, prefixTokens: Math.min(input, found.blocks * BLOCK) } : {};
}
