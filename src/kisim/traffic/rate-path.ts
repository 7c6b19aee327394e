import type { RequestsPerSecond, Seconds } from '../../base/units.js';
import type { GapFamily } from './gaps.js';

/**
 * A request rate over time, linear between knots; two knots at one time are a step. Before the first knot and after the last
 * one nothing arrives. Arrays of equal length; `times` ascending seconds from the start of the run, `rates` >= 0.
 */
export interface RatePath {
  readonly times: Float64Array;
  readonly rates: Float64Array;
  /** Coefficient of variation of the gaps between requests at each knot, > 0; absent: 1 (Poisson). */
  readonly cvs?: Float64Array;
  /** Family of those gaps at each knot; absent: Gamma. */
  readonly families?: readonly GapFamily[];
}

/** Seconds from the start of the run to the end of the path. */
export function pathDuration(path: RatePath): Seconds {
  return path.times[path.times.length - 1] ?? 0;
}

/** Levels held for equal shares of `duration`, one after the other. */
export function stepPath(levels: readonly RequestsPerSecond[], duration: Seconds): RatePath {
  const step = duration / levels.length;
  return heldPath(
    levels.map((rate) => ({ rate, span: step })),
    duration,
  );
}

/** Levels held for their own spans, cut off at `duration`. */
export function heldPath(
  levels: Iterable<{ readonly rate: RequestsPerSecond; readonly span: Seconds }>,
  duration: Seconds,
): RatePath {
  const knots: [Seconds, RequestsPerSecond][] = [];
  let at = 0;
  for (const { rate, span } of levels) {
    if (at >= duration) break;
    const end = Math.min(duration, at + span);
    knots.push([at, rate], [end, rate]);
    at = end;
  }
  return pathOfKnots(knots);
}

/** Knots [seconds, requests/s] in order of time. */
export function pathOfKnots(knots: readonly (readonly [Seconds, RequestsPerSecond])[]): RatePath {
  return { times: Float64Array.from(knots, ([at]) => at), rates: Float64Array.from(knots, ([, rate]) => rate) };
}

/** A smooth rate, sampled every `step` seconds. */
export function sampledPath(
  rate: (at: Seconds) => RequestsPerSecond,
  duration: Seconds,
  step: Seconds = duration / 240,
): RatePath {
  const count = Math.max(1, Math.ceil(duration / step));
  const knots = Array.from({ length: count + 1 }, (_, i): [Seconds, RequestsPerSecond] => {
    const at = (i * duration) / count;
    return [at, Math.max(0, rate(at))];
  });
  return pathOfKnots(knots);
}

/** Plays a path slower (`time` > 1) and with more requests per second (`rate` > 1); both factors > 0. The shape stays. */
export function scalePath(path: RatePath, factors: { readonly time?: number; readonly rate?: number }): RatePath {
  const { time = 1, rate = 1 } = factors;
  return { ...path, times: path.times.map((at) => at * time), rates: path.rates.map((value) => value * rate) };
}

/** Rate at `at`; on a step the later level; 0 outside the path. */
export function rateAt(path: RatePath, at: Seconds): RequestsPerSecond {
  const { times, rates } = path;
  const last = times.length - 1;
  if (last < 0 || at < (times[0] as number) || at > (times[last] as number)) return 0;
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] as number) <= at) low = middle;
    else high = middle - 1;
  }
  if (low === last) return rates[last] as number;
  const span = (times[low + 1] as number) - (times[low] as number);
  const share = span > 0 ? (at - (times[low] as number)) / span : 0;
  return (rates[low] as number) + share * ((rates[low + 1] as number) - (rates[low] as number));
}

/** Expected requests over the whole path (trapezoids, exact for a linear path). */
export function expectedRequests({ times, rates }: RatePath): number {
  let sum = 0;
  for (let i = 1; i < times.length; i++) {
    const span = (times[i] as number) - (times[i - 1] as number);
    sum += (span * ((rates[i] as number) + (rates[i - 1] as number))) / 2;
  }
  return sum;
}
