import type { Seconds } from '../../base/units.js';

/** Where the samples of one series lie within the left-open range (start, end] of a `rate(...[range])`. */
export interface SampleSpan {
  readonly start: Seconds;
  readonly end: Seconds;
  /** Time of the first and last sample inside, and how many there are (>= 2). */
  readonly firstAt: Seconds;
  readonly lastAt: Seconds;
  readonly count: number;
}

/** A gap up to this many mean sample distances is bridged up to the edge of the range. */
const BRIDGED = 1.1;

/**
 * What Prometheus' `rate` makes of a counter that rose by `increase` (resets already added) from `first` within a span: the
 * increase extrapolated to both edges of the range, per second of the range. An edge farther away than 1.1 mean sample distances
 * is taken to be half a distance away, and never before the moment at which the counter was zero. Pure.
 * Source: extrapolatedRate, prometheus/promql/functions.go, v3.
 */
export function extrapolatedRate(increase: number, first: number, span: SampleSpan): number {
  const sampled = span.lastAt - span.firstAt;
  const distance = sampled / (span.count - 1);
  const threshold = distance * BRIDGED;
  let toStart = span.firstAt - span.start;
  if (toStart >= threshold) toStart = distance / 2;
  if (increase > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / increase));
  let toEnd = span.end - span.lastAt;
  if (toEnd >= threshold) toEnd = distance / 2;
  return (increase * ((sampled + toStart + toEnd) / sampled)) / (span.end - span.start);
}

/**
 * `rate(counter[range])` at `at` over samples in order of time; undefined (no result) with fewer than two samples inside
 * (at - range, at]. A decrease is a reset to zero.
 */
export function computeRate(
  times: ArrayLike<Seconds>,
  values: ArrayLike<number>,
  at: Seconds,
  range: Seconds,
): number | undefined {
  let first = 0;
  while (first < times.length && (times[first] as number) <= at - range) first++;
  let last = times.length - 1;
  while (last >= 0 && (times[last] as number) > at) last--;
  if (last - first < 1) return undefined;
  let increase = (values[last] as number) - (values[first] as number);
  for (let i = first + 1; i <= last; i++) {
    if ((values[i] as number) < (values[i - 1] as number)) increase += values[i - 1] as number;
  }
  return extrapolatedRate(increase, values[first] as number, {
    start: at - range,
    end: at,
    firstAt: times[first] as number,
    lastAt: times[last] as number,
    count: last - first + 1,
  });
}
