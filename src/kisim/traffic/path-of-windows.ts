import type { RequestsPerSecond, Seconds } from '../../base/units.js';
import type { RatePath } from './rate-path.js';
import { closeGaps, type Gap } from './splice-path.js';
import { TraceError } from './trace-error.js';

/** Mean rate of one window of a recorded series; absent data is no rate at all. */
export interface PathWindow {
  readonly rate: RequestsPerSecond | undefined;
}

/** Length of windows that begin at 0 and follow each other, from when each begins. Throws TraceError where one does not. */
export function lengthOfWindows(windows: readonly { readonly line: number; readonly at: Seconds }[]): Seconds {
  const length = windows[1]?.at;
  if (length === undefined) {
    const line = (windows[0]?.line ?? 0) + 1;
    throw new TraceError(line, `at least two windows are needed, found ${windows.length}`);
  }
  for (const [i, { line, at }] of windows.entries()) {
    if (at === i * length && (i === 0 || at > 0)) continue;
    throw new TraceError(line, `t_s must count windows of equal length from 0, found ${at} as number ${i}`);
  }
  return length;
}

/**
 * Windows of equal length as a path: linear from middle to middle, level in the outer halves of each run of known windows. Time
 * closes up over windows without data.
 */
export function pathOfWindows(windows: readonly PathWindow[], length: Seconds): RatePath {
  const times: number[] = [];
  const rates: number[] = [];
  const gaps: Gap[] = [];
  const add = (time: Seconds, rate: RequestsPerSecond): void => {
    times.push(time);
    rates.push(rate);
  };
  for (const [i, { rate }] of windows.entries()) {
    const start = i * length;
    if (rate === undefined) {
      const last = gaps.at(-1);
      if (last?.to === start) gaps[gaps.length - 1] = { from: last.from, to: start + length };
      else gaps.push({ from: start, to: start + length });
      continue;
    }
    if (windows[i - 1]?.rate === undefined) add(start, rate);
    add(start + length / 2, rate);
    if (windows[i + 1]?.rate === undefined) add(start + length, rate);
  }
  return closeGaps({ times: Float64Array.from(times), rates: Float64Array.from(rates) }, gaps);
}
