import { groupBy } from '../base/group-by.js';
import type { Rng } from '../base/rng.js';
import { mean, quantileSorted } from '../base/statistics.js';
import { sourceOf } from './matrix/matrix.js';
import { type Pooled, poolBySource, poolRows } from './pool-rows.js';
import { computeObjective, type EvaluationRow } from './row.js';

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** What runs of one policy at one price came to together, each with its doubt. */
export interface PooledIntervals {
  readonly cost: Interval;
  readonly missRate: Interval;
  /** Cost + price * missRate. */
  readonly objective: Interval;
}

const RESAMPLES = 1000;

/**
 * Runs pooled within each trace, then the mean of traces, with the percentile bootstrap of the same (Efron 1979; clusters as in
 * Field and Welsh 2007): traces are drawn with replacement, then windows of each, then seeds, because runs on one traffic with
 * other seeds are no new traffic. With a single trace the intervals (95 %) speak of it only.
 *
 * @param rows at least one.
 */
export function bootstrapPooled(rows: readonly EvaluationRow[], price: number, rng: Rng): PooledIntervals {
  const traces = [...groupBy(rows, ({ traffic }) => sourceOf(traffic)).values()].map((ofTrace) => [
    ...groupBy(ofTrace, ({ traffic }) => traffic).values(),
  ]);
  const drawn: Pooled[] = Array.from({ length: RESAMPLES }, () => {
    const pooled = resample(traces, rng).map((windows) =>
      poolRows(resample(windows, rng).flatMap((seeds) => resample(seeds, rng))),
    );
    return { cost: mean(pooled.map(({ cost }) => cost)), missRate: mean(pooled.map(({ missRate }) => missRate)) };
  });
  const all = poolBySource(rows);
  const intervalOf = (of: (pooled: Pooled) => number): Interval => {
    const sorted = drawn.map(of).sort((a, b) => a - b);
    return { estimate: of(all), low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
  };
  return {
    cost: intervalOf(({ cost }) => cost),
    missRate: intervalOf(({ missRate }) => missRate),
    objective: intervalOf((pooled) => computeObjective(pooled, price)),
  };
}

/** As many values, drawn with replacement. */
export function resample<T>(values: readonly T[], rng: Rng): readonly T[] {
  return values.map(() => values[Math.floor(rng.next() * values.length)] as T);
}
