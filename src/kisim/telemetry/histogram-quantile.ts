import type { Ratio } from '../../base/units.js';

/** Differences this small between neighbouring buckets are rounding. */
const ROUNDING = 1e-12;

/**
 * Prometheus' `histogram_quantile`: `bounds` ascending upper bounds without +Inf, `cumulative` counts (or rates) of length
 * bounds + 1, the last being le="+Inf". Linear inside a bucket, from 0 in the lowest; above every bound the largest bound. NaN
 * without observations. `q` in [0, 1]. Pure: repairs of order are made on a copy.
 * Source: bucketQuantile, prometheus/promql/quantile.go.
 */
export function histogramQuantile(q: Ratio, bounds: ArrayLike<number>, cumulative: ArrayLike<number>): number {
  const counts = repaired(cumulative);
  const last = counts.length - 1;
  const observations = counts[last] as number;
  if (last < 1 || !(observations > 0)) return Number.NaN;
  const rank = q * observations;
  let bucket = 0;
  while (bucket < last && (counts[bucket] as number) < rank) bucket++;
  if (bucket === last) return bounds[last - 1] as number;
  if (bucket === 0 && (bounds[0] as number) <= 0) return bounds[0] as number;
  const low = bucket === 0 ? 0 : (bounds[bucket - 1] as number);
  const below = bucket === 0 ? 0 : (counts[bucket - 1] as number);
  const inside = (counts[bucket] as number) - below;
  return low + ((bounds[bucket] as number) - low) * ((rank - below) / inside);
}

/** Sums of rates need not be monotone: tiny differences are levelled, decreases lifted to the largest count so far. */
function repaired(cumulative: ArrayLike<number>): Float64Array {
  const counts = Float64Array.from(cumulative);
  let previous = counts[0] as number;
  for (let i = 1; i < counts.length; i++) {
    const count = counts[i] as number;
    if (Math.abs(count - previous) / count <= ROUNDING || count < previous) counts[i] = previous;
    else previous = count;
  }
  return counts;
}
