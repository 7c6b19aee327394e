import { z } from 'zod';
import { describeIssues } from '../../base/describe-issues.js';
import type { Seconds } from '../../base/units.js';
import type { RequestLatencies, RequestSpec } from '../replica/request.js';
import { quote, readText } from './csv-rows.js';
import type { Lines } from './lines.js';
import { TraceError } from './trace-error.js';

const tokens = z.number().int().min(1).max(1e7);
const stamp = z.number().min(0).max(1e12);
const ENTRY = z.object({
  input_toks: tokens,
  output_toks: tokens,
  arrival_time: stamp,
  queued_ts: stamp.optional(),
  first_token_ts: stamp.optional(),
  last_token_ts: stamp.optional(),
});

type Entry = z.output<typeof ENTRY>;

/** One request of a recorded run of vLLM, and how long it waited there, where the log says so. */
export interface LoggedRequest {
  readonly request: RequestSpec;
  readonly recorded: RequestLatencies | undefined;
}

/**
 * A per-request log of vLLM as LLMServingSim records them: JSON lines with `input_toks`, `output_toks`, `arrival_time` (wall clock)
 * and, on the engine's own clock, `queued_ts`, `first_token_ts` and `last_token_ts`. Arrivals count from the first one; the two
 * clocks are laid over each other where a request was queued soonest after its arrival. Throws TraceError, which names the line.
 */
export function readVllmLog(lines: Lines): readonly LoggedRequest[] {
  const entries: Entry[] = [];
  for (const { line, text } of readText(lines)) {
    if (text === '') continue;
    const entry = readEntry(text, line);
    if (entry.arrival_time < (entries.at(-1)?.arrival_time ?? 0))
      throw new TraceError(line, `arrivals must not go back, found ${entry.arrival_time}`);
    entries.push(entry);
  }
  const [first] = entries;
  if (!first) throw new TraceError(1, 'the log has no rows');
  const lag = Math.min(...entries.map(({ queued_ts = Number.NaN, arrival_time }) => queued_ts - arrival_time));
  return entries.map((entry) => ({
    request: {
      arrival: entry.arrival_time - first.arrival_time,
      inputTokens: entry.input_toks,
      outputTokens: entry.output_toks,
    },
    recorded: latenciesOf(entry, lag),
  }));
}

/** Whether a text is a log rather than a CSV trace. */
export function isVllmLog(lines: Lines): boolean {
  for (const { text } of readText(lines)) if (text !== '') return text.startsWith('{');
  return false;
}

function readEntry(text: string, line: number): Entry {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TraceError(line, `must be an object in JSON, found ${quote(text)}`);
  }
  const entry = ENTRY.safeParse(value);
  if (entry.success) return entry.data;
  throw new TraceError(line, describeIssues(entry.error, value, 'line').replaceAll('\n', '; '));
}

function latenciesOf(entry: Entry, lag: Seconds): RequestLatencies | undefined {
  const { arrival_time, output_toks, first_token_ts, last_token_ts } = entry;
  if (first_token_ts === undefined || last_token_ts === undefined || Number.isNaN(lag)) return undefined;
  const arrival = arrival_time + lag;
  return {
    ttft: first_token_ts - arrival,
    tpot: output_toks >= 2 ? (last_token_ts - first_token_ts) / (output_toks - 1) : Number.NaN,
    latency: last_token_ts - arrival,
  };
}
