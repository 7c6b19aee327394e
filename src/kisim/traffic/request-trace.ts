import type { Requests, Seconds } from '../../base/units.js';
import type { RequestSpec } from '../replica/request.js';
import { type Column, readRows } from './csv-rows.js';
import type { Lines } from './lines.js';
import { TraceError } from './trace-error.js';
import type { Traffic } from './traffic.js';

/** A recorded list of requests that can be played any number of times. */
export interface RequestTrace {
  readonly requests: Requests;
  /** Seconds from the start of the run to its end: to the last request, or as long as the section is that was cut out. */
  readonly duration: Seconds;
  /** A fresh run through the trace. */
  open(): Traffic;
}

/** Thirty years and more: what lies beyond is a stamp of another kind. */
export const LONGEST_TRACE: Seconds = 1e9;

const COLUMNS: readonly Column[] = [
  { name: 'arrival_s', min: 0, max: LONGEST_TRACE },
  { name: 'input_tokens', min: 1, max: 1e7 },
  { name: 'output_tokens', min: 1, max: 1e7 },
  { name: 'prefix_group', min: -1, max: 2 ** 31 - 1, isOptional: true },
  { name: 'prefix_tokens', min: 0, max: 1e7, isOptional: true },
];

/**
 * A request trace: CSV with the header `arrival_s,input_tokens,output_tokens`, rows in order of arrival. Two more columns may
 * follow, `prefix_group,prefix_tokens`: requests of one group (>= 0; -1: none) share their first tokens, at most the whole input.
 * The whole text is checked here once, then played from memory or, where it is long, streamed. Throws TraceError, which names the line.
 */
export function readRequestTrace(lines: Lines): RequestTrace {
  return checkedTrace(() => readRequests(lines));
}

/** Traces up to this long stay in memory: a few megabytes, where reading them again costs more than playing them. */
const KEPT: Requests = 100_000;

/**
 * Runs through the requests once to check order and to count, so that a bad file fails before the run, not within it. Long traces
 * are read anew whenever they are opened.
 */
export function checkedTrace(
  rows: () => Iterable<{ readonly line: number; readonly request: RequestSpec }>,
): RequestTrace {
  const kept: RequestSpec[] = [];
  let requests = 0;
  let duration = 0;
  for (const { line, request } of rows()) {
    if (request.arrival < duration)
      throw new TraceError(line, `arrivals must not go back, found ${request.arrival} after ${duration}`);
    duration = request.arrival;
    if (++requests <= KEPT) kept.push(request);
  }
  if (requests === 0) throw new TraceError(2, 'the trace has no rows');
  const open = (): Traffic => (requests <= KEPT ? trafficOfRequests(kept) : trafficOf(rows()));
  return { requests, duration, open };
}

/** Requests at hand, in order of arrival, as traffic. */
export function trafficOfRequests(requests: readonly RequestSpec[]): Traffic {
  let next = 0;
  return { next: () => requests[next++] };
}

function trafficOf(rows: Iterable<{ readonly request: RequestSpec }>): Traffic {
  const iterator = rows[Symbol.iterator]();
  return {
    next() {
      const step = iterator.next();
      return step.done ? undefined : step.value.request;
    },
  };
}

function* readRequests(lines: Lines): Generator<{ readonly line: number; readonly request: RequestSpec }> {
  for (const { line, values } of readRows(lines, COLUMNS)) {
    const [arrival, input, output, group, prefix] = values as [number, number, number, number, number];
    const request = { arrival, inputTokens: Math.round(input), outputTokens: Math.round(output) };
    if (Number.isNaN(group)) yield { line, request };
    else yield { line, request: { ...request, ...readPrefix(line, input, group, prefix) } };
  }
}

function readPrefix(line: number, input: number, prefixGroup: number, prefixTokens: number) {
  if (Number.isNaN(prefixTokens)) throw new TraceError(1, 'prefix_group must be followed by prefix_tokens');
  if (!Number.isInteger(prefixGroup))
    throw new TraceError(line, `prefix_group must be a whole number, found ${prefixGroup}`);
  if (prefixTokens > input)
    throw new TraceError(line, `prefix_tokens must be <= input_tokens (${input}), found ${prefixTokens}`);
  return { prefixGroup, prefixTokens: Math.round(prefixTokens) };
}
