import { type Column, readRows } from './csv-rows.js';
import type { Lines } from './lines.js';
import type { RatePath } from './rate-path.js';
import { LONGEST_TRACE } from './request-trace.js';
import { TraceError } from './trace-error.js';

const COLUMNS: readonly Column[] = [
  { name: 'time_s', min: 0, max: LONGEST_TRACE },
  { name: 'rate_rps', min: 0, max: 1e6 },
  { name: 'cv', min: 0.01, max: 100, isOptional: true },
];

/**
 * A rate trace: CSV with the header `time_s,rate_rps` or `time_s,rate_rps,cv`, at least two rows in order of time; the rate is
 * interpolated between them (two rows at one time are a step). Throws TraceError, which names the line.
 */
export function readRateTrace(lines: Lines): RatePath {
  const times: number[] = [];
  const rates: number[] = [];
  const cvs: number[] = [];
  let last = 1;
  for (const { line, values } of readRows(lines, COLUMNS)) {
    const [time, rate, cv] = values as [number, number, number];
    const previous = times[times.length - 1] ?? 0;
    if (time < previous) throw new TraceError(line, `times must not go back, found ${time} after ${previous}`);
    times.push(time);
    rates.push(rate);
    if (!Number.isNaN(cv)) cvs.push(cv);
    last = line;
  }
  if (times.length < 2) throw new TraceError(last + 1, `at least two rows are needed, found ${times.length}`);
  const path = { times: Float64Array.from(times), rates: Float64Array.from(rates) };
  return cvs.length > 0 ? { ...path, cvs: Float64Array.from(cvs) } : path;
}
