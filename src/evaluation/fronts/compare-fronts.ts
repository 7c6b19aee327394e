import type { Rng } from '../../base/rng.js';
import { mean, quantileSorted } from '../../base/statistics.js';
import type { Ratio } from '../../base/units.js';
import type { Interval } from '../bootstrap.js';
import type { EvaluationRow } from '../row.js';
import { costAtMisses } from './cost-at-misses.js';
import { addSums, type FrontSums, type FrontTable, pointsOf, sumFronts } from './front-sums.js';

/** A policy against a reference at equal misses. */
export interface FrontComparison {
  readonly policy: string;
  readonly level: Ratio;
  /** Cost over the reference's, geometric mean over the sources where both can be told; 0.9 is a tenth cheaper. */
  readonly ratio: Interval | undefined;
  /** Per source: cheaper by more than a hundredth, within it, dearer, or not to be told at this level. */
  readonly win: number;
  readonly tie: number;
  readonly loss: number;
  readonly unknown: number;
}

const RESAMPLES = 1000;
/** Differences of cost below one per cent are no difference. */
const TIE = 0.01;
/** An interval is given where at least so many of the resamples can be told. */
const ENOUGH = 0.9;

/**
 * Compares two policies at a level of misses: a front per source of either (a point is a setting at a price, its runs pooled),
 * the cost between the points that bracket the level, the ratio of the two. The interval (95 %) is a paired bootstrap that draws
 * sources, then windows of each, then seeds of each, the same for both policies, and fits the fronts anew every time. With few
 * sources it speaks of these traces only.
 */
export function compareFronts(
  rows: readonly EvaluationRow[],
  { policy, reference, level }: { readonly policy: string; readonly reference: string; readonly level: Ratio },
  rng: Rng,
): FrontComparison {
  const table = sumFronts(rows, policy, reference);
  const ratios = table.sources.map(({ windows }) =>
    ratioAt(
      table,
      windows.flatMap(({ seeds }) => seeds),
      level,
    ),
  );
  const known = ratios.filter((ratio) => ratio !== undefined);
  const win = known.filter((ratio) => ratio < 1 - TIE).length;
  const loss = known.filter((ratio) => ratio > 1 + TIE).length;
  return {
    policy,
    level,
    ratio: known.length === 0 ? undefined : intervalOf(table, level, geometricMean(known), rng),
    win,
    tie: known.length - win - loss,
    loss,
    unknown: ratios.length - known.length,
  };
}

/** A policy's cost at a level of misses, by source; undefined where it cannot be told. */
export function costsAtMisses(
  rows: readonly EvaluationRow[],
  policy: string,
  level: Ratio,
): ReadonlyMap<string, number | undefined> {
  const table = sumFronts(rows, policy, policy);
  return new Map(
    table.sources.map(({ source, windows }) => {
      const sums = total(
        table,
        windows.flatMap(({ seeds }) => seeds),
      );
      return [source, costAtMisses(pointsOf(sums, 0, table.points), level)];
    }),
  );
}

function intervalOf(table: FrontTable, level: Ratio, estimate: number, rng: Rng): Interval | undefined {
  const drawn: number[] = [];
  for (let i = 0; i < RESAMPLES; i++) {
    const ratios = resample(table.sources, rng)
      .map(({ windows }) => {
        const runs = resample(windows, rng).flatMap(({ seeds }) => resample(seeds, rng));
        return ratioAt(table, runs, level);
      })
      .filter((ratio) => ratio !== undefined);
    if (ratios.length > 0) drawn.push(geometricMean(ratios));
  }
  if (drawn.length < ENOUGH * RESAMPLES) return undefined;
  drawn.sort((a, b) => a - b);
  return { estimate, low: quantileSorted(drawn, 0.025), high: quantileSorted(drawn, 0.975) };
}

/** Cost of the first policy over the second one's; undefined where the level is not bracketed on both sides. */
function ratioAt(table: FrontTable, runs: readonly FrontSums[], level: Ratio): number | undefined {
  const sums = total(table, runs);
  const own = costAtMisses(pointsOf(sums, 0, table.ownPoints), level);
  const other = costAtMisses(pointsOf(sums, table.ownPoints, table.points), level);
  return own === undefined || other === undefined ? undefined : own / other;
}

function total({ points }: FrontTable, runs: readonly FrontSums[]): FrontSums {
  const sums = new Float64Array(runs[0]?.length ?? points);
  for (const run of runs) addSums(sums, run);
  return sums;
}

function resample<T>(values: readonly T[], rng: Rng): readonly T[] {
  return values.map(() => values[Math.floor(rng.next() * values.length)] as T);
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}
