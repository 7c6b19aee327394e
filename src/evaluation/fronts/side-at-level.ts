import { geometricMean } from '../../base/statistics.js';
import type { Ratio } from '../../base/units.js';
import { bracketOf, interpolate } from './cost-at-misses.js';
import { type FrontPoints, type FrontSums, pointsOf } from './front-sums.js';

/** One side of a comparison at a level of misses. */
export interface SideAtLevel {
  readonly cost: number;
  readonly missEpisodes: number;
}

/** The fronts of a side: the geometric mean of their costs, and the fewest episodes; undefined unless all have the level. */
export function sideAtLevel(fronts: readonly FrontPoints[], sums: FrontSums, level: Ratio): SideAtLevel | undefined {
  const costs: number[] = [];
  let missEpisodes = Number.POSITIVE_INFINITY;
  for (const front of fronts) {
    const bracket = bracketOf(pointsOf(sums, front), level);
    if (!bracket) return undefined;
    costs.push(interpolate(bracket, ({ cost }) => cost));
    missEpisodes = Math.min(
      missEpisodes,
      interpolate(bracket, (point) => point.missEpisodes),
    );
  }
  return costs.length === 0 ? undefined : { cost: geometricMean(costs), missEpisodes };
}
