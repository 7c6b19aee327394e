import type { Rng } from '../base/rng.js';
import { mean, quantileSorted } from '../base/statistics.js';

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2000;

/**
 * Percentile bootstrap of a mean over clusters (Efron 1979; clusters as in Field and Welsh 2007): whole clusters are drawn with
 * replacement, because runs on one traffic with other seeds are no new traffic. With a single cluster its members are drawn
 * instead, and the interval speaks of these runs only.
 *
 * @param clusters values grouped by traffic; empty groups are ignored.
 * @returns the mean of cluster means and its central interval of `level` (default 95 %); undefined without values.
 */
export function bootstrapMean(clusters: readonly (readonly number[])[], rng: Rng, level = 0.95): Interval | undefined {
  const groups = clusters.filter((group) => group.length > 0);
  if (groups.length === 0) return undefined;
  const units = groups.length === 1 ? (groups[0] as readonly number[]).map((value) => [value]) : groups;
  const means = units.map((unit) => mean(unit));
  const resampled = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < means.length; i++) sum += means[Math.floor(rng.next() * means.length)] as number;
    return sum / means.length;
  }).sort((a, b) => a - b);
  const tail = (1 - level) / 2;
  return { estimate: mean(means), low: quantileSorted(resampled, tail), high: quantileSorted(resampled, 1 - tail) };
}
