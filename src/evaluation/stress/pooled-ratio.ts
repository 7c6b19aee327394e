import { groupBy } from '../../base/group-by.js';
import type { Rng } from '../../base/rng.js';
import { quantileSorted } from '../../base/statistics.js';
import type { Ratio } from '../../base/units.js';
import { type Interval, resample } from '../bootstrap.js';
import { costAtMisses } from '../fronts/cost-at-misses.js';

import { sourceOf } from '../matrix/matrix.js';
import { poolBySource } from '../pool-rows.js';
import type { EvaluationRow } from '../row.js';

const RESAMPLES = 300;
/** An interval is given where at least so many of the resamples can be told. */
const ENOUGH: Ratio = 0.9;

/** A ratio of costs; without `low` and `high` where too few of the resamples can be told. */
export type PooledRatio = Pick<Interval, 'estimate'> & Partial<Interval>;

/** What every point of both sides came to on one window and seed. */
type Runs = readonly EvaluationRow[];

/**
 * Cost of one side over the other's at a level of misses, all windows together: a point is a setting at a price, pooled within
 * each source and averaged over sources. For samples so small that no source has misses enough of its own; the interval draws
 * sources, windows and runs, the same for both sides. Undefined where the level is not bracketed on both sides.
 *
 * @param sides rows of each, every point on the same windows and seeds
 */
export function pooledRatio([own, other]: readonly [Runs, Runs], level: Ratio, rng: Rng): PooledRatio | undefined {
  const isOwn = new Set(own);
  const runs = [...groupBy([...own, ...other], ({ traffic, seed }) => `${traffic}\u0000${seed}`).values()];
  const windows = [...groupBy(runs, ([row]) => row?.traffic).values()];
  const sources = [...groupBy(windows, (window) => sourceOf(window[0]?.[0]?.traffic ?? '')).values()];
  const ratioOf = (drawn: Runs): number | undefined => {
    const [cost, reference] = [true, false].map((side) =>
      costAt(
        drawn.filter((row) => isOwn.has(row) === side),
        level,
      ),
    );
    return cost === undefined || reference === undefined ? undefined : cost / reference;
  };
  const estimate = ratioOf(runs.flat());
  if (estimate === undefined) return undefined;
  const drawn = Array.from({ length: RESAMPLES }, () =>
    ratioOf(
      // A source that is drawn twice counts as two.
      resample(sources, rng).flatMap((source, i) =>
        resample(source, rng)
          .flatMap((seeds) => resample(seeds, rng))
          .flat()
          .map((row) => named(row, i, isOwn)),
      ),
    ),
  ).filter((ratio) => ratio !== undefined);
  if (drawn.length < ENOUGH * RESAMPLES) return { estimate };
  drawn.sort((a, b) => a - b);
  return { estimate, low: quantileSorted(drawn, 0.025), high: quantileSorted(drawn, 0.975) };
}

function named(row: EvaluationRow, draw: number, isOwn: Set<EvaluationRow>): EvaluationRow {
  const copy = { ...row, traffic: `${draw}-${row.traffic}` };
  if (isOwn.has(row)) isOwn.add(copy);
  return copy;
}

function costAt(rows: Runs, level: Ratio): number | undefined {
  const points = groupBy(rows, ({ policy, setting, price }) => `${policy}\u0000${setting}\u0000${price}`);
  return costAtMisses([...points.values()].map(poolBySource), level);
}
