import type { Ratio } from '../../base/units.js';

/** Differences this small between neighbouring buckets are rounding. */
const ROUNDING = 1e-12;

/**
 * Prometheus' `histogram_quantile`: `bounds` ascending upper bounds without +Inf, `cumulative` counts (or rates) of length
 * bounds + 1, the last being le="+Inf". Linear inside a bucket, from 0 in the lowest; above every bound the largest bound. NaN
 * without observations. `q` in [0, 1]. Pure.
 * Source: bucketQuantile, prometheus/promql/quantile.go.
 */
export function histogramQuantile(q: Ratio, bounds: ArrayLike<number>, cumulative: ArrayLike<number>): number {
  const last = cumulative.length - 1;
  let observations = cumulative[0] as number;
  for (let i = 1; i <= last; i++) observations = repaired(cumulative[i] as number, observations);
  if (last < 1 || !(observations > 0)) return Number.NaN;
  const rank = q * observations;
  let bucket = 0;
  let below = 0;
  let count = cumulative[0] as number;
  while (bucket < last && count < rank) {
    below = count;
    count = repaired(cumulative[++bucket] as number, count);
  }
  if (bucket === last) return bounds[last - 1] as number;
  if (bucket === 0 && (bounds[0] as number) <= 0) return bounds[0] as number;
  const low = bucket === 0 ? 0 : (bounds[bucket - 1] as number);
  return low + ((bounds[bucket] as number) - low) * ((rank - below) / (count - below));
}

/** Sums of rates need not be monotone: tiny differences are levelled, decreases lifted to the largest count so far. */
function repaired(count: number, previous: number): number {
  return Math.abs(count - previous) / count <= ROUNDING || count < previous ? previous : count;
}
