import type { Requests, Seconds } from '../../base/units.js';
import type { RequestSpec } from '../replica/request.js';
import { type Column, readRows, TraceError } from './csv-rows.js';
import type { Lines } from './lines.js';
import type { Traffic } from './traffic.js';

/** A recorded list of requests that can be played any number of times. */
export interface RequestTrace {
  readonly requests: Requests;
  /** Seconds from the start of the run to the last request. */
  readonly duration: Seconds;
  /** A fresh run through the trace. */
  open(): Traffic;
}

const COLUMNS: readonly Column[] = [
  { name: 'arrival_s', min: 0, max: Number.POSITIVE_INFINITY },
  { name: 'input_tokens', min: 1, max: 1e7 },
  { name: 'output_tokens', min: 1, max: 1e7 },
];

/**
 * A request trace: CSV with the header `arrival_s,input_tokens,output_tokens`, rows in order of arrival. The whole text is
 * checked here once, then streamed. Throws TraceError, which names the line.
 */
export function readRequestTrace(lines: Lines): RequestTrace {
  return checkedTrace(() => readRequests(lines));
}

/** Runs through the requests once to check order and to count, so that a bad file fails before the run, not within it. */
export function checkedTrace(
  rows: () => Iterable<{ readonly line: number; readonly request: RequestSpec }>,
): RequestTrace {
  let requests = 0;
  let duration = 0;
  for (const { line, request } of rows()) {
    if (request.arrival < duration)
      throw new TraceError(line, `arrivals must not go back, found ${request.arrival} after ${duration}`);
    duration = request.arrival;
    requests++;
  }
  if (requests === 0) throw new TraceError(2, 'the trace has no rows');
  return { requests, duration, open: () => trafficOf(rows()) };
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
    const [arrival, input, output] = values as [number, number, number];
    yield { line, request: { arrival, inputTokens: Math.round(input), outputTokens: Math.round(output) } };
  }
}
