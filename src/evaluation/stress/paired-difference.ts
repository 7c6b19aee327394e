import { groupBy } from '../../base/group-by.js';
import type { Rng } from '../../base/rng.js';
import { mean, quantileSorted } from '../../base/statistics.js';
import type { Interval } from '../bootstrap.js';
import { resample } from '../bootstrap.js';
import { sourceOf } from '../matrix/matrix.js';
import { type Pooled, poolBySource, poolRows } from '../pool-rows.js';
import { computeObjective, type EvaluationRow } from '../row.js';

/** The same window and seed twice: as it is judged, and what that is held against. */
export interface Pair<R extends EvaluationRow = EvaluationRow> {
  readonly row: R;
  readonly base: R;
}

/** What runs came to: pooled within each source, then the mean of sources. */
export interface Outcome extends Pooled {
  /** cost + price x misses. */
  readonly objective: number;
}

export interface PairedDifference {
  readonly own: Outcome;
  readonly base: Outcome;
  /** Of the objectives, own - base, 95 %. */
  readonly difference: Interval;
  readonly pairs: number;
}

const RESAMPLES = 1000;

/** Rows beside those of the same window and seed in `bases`; a row without one is left out, and so is a base without a row. */
export function pairRows<R extends EvaluationRow>(rows: readonly R[], bases: readonly R[]): readonly Pair<R>[] {
  const keyOf = ({ traffic, seed }: R): string => `${traffic}\u0000${seed}`;
  const known = new Map(bases.map((base) => [keyOf(base), base]));
  return rows.flatMap((row) => {
    const base = known.get(keyOf(row));
    return base ? [{ row, base }] : [];
  });
}

/**
 * What the rows of pairs came to, and by how much that is more than their bases. The interval draws sources, then the windows of
 * each, then the runs of each, the same for both sides, and pools anew every time; with one source it speaks of that source.
 * Undefined without pairs.
 */
export function pairedDifference<R extends EvaluationRow>(
  pairs: readonly Pair<R>[],
  price: number,
  rng: Rng,
): PairedDifference | undefined {
  if (pairs.length === 0) return undefined;
  const sources = [...groupBy(pairs, ({ row }) => sourceOf(row.traffic)).values()];
  const own = outcomeOf(poolBySource(pairs.map(({ row }) => row)), price);
  const base = outcomeOf(poolBySource(pairs.map((pair) => pair.base)), price);
  const windows = sources.map((source) => [...groupBy(source, ({ row }) => row.traffic).values()]);
  const drawn = Array.from({ length: RESAMPLES }, () => {
    const units = resample(windows, rng);
    return mean(
      units.map((ofSource) =>
        differenceOf(
          resample(ofSource, rng).flatMap((runs) => resample(runs, rng)),
          price,
        ),
      ),
    );
  }).sort((a, b) => a - b);
  return {
    own,
    base,
    difference: {
      estimate: own.objective - base.objective,
      low: quantileSorted(drawn, 0.025),
      high: quantileSorted(drawn, 0.975),
    },
    pairs: pairs.length,
  };
}

function outcomeOf(pooled: Pooled, price: number): Outcome {
  return { ...pooled, objective: computeObjective(pooled, price) };
}

function differenceOf(pairs: readonly Pair[], price: number): number {
  const own = computeObjective(poolRows(pairs.map(({ row }) => row)), price);
  return own - computeObjective(poolRows(pairs.map(({ base }) => base)), price);
}
