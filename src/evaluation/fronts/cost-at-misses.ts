import type { Ratio } from '../../base/units.js';
import type { Pooled } from '../pool-rows.js';

/** The points that no other one beats in both cost and misses, cheapest first; each further one is dearer and misses less. */
export function efficientPoints<T extends Pooled>(points: readonly T[]): readonly T[] {
  const sorted = [...points].sort((a, b) => a.cost - b.cost || a.missRate - b.missRate);
  let least = Number.POSITIVE_INFINITY;
  return sorted.filter(({ cost, missRate }) => {
    if (!(Number.isFinite(cost) && missRate < least)) return false;
    least = missRate;
    return true;
  });
}

/** Two neighbours on a front, and how far from the dearer to the cheaper one a level of misses lies, 0 to 1. */
export interface Bracket<T> {
  readonly dear: T;
  readonly cheap: T;
  readonly share: Ratio;
}

/** The efficient points that bracket a level; undefined where it lies outside of what was seen: a front is never extended. */
export function bracketOf<T extends Pooled>(points: readonly T[], level: Ratio): Bracket<T> | undefined {
  // The cheapest point that misses no more, and of those cheaper than it the one that misses least.
  let dear: T | undefined;
  for (const point of points) {
    if (!(Number.isFinite(point.cost) && point.missRate <= level)) continue;
    if (!dear || point.cost < dear.cost || (point.cost === dear.cost && point.missRate < dear.missRate)) dear = point;
  }
  if (!dear) return undefined;
  if (dear.missRate === level) return { dear, cheap: dear, share: 0 };
  let cheap: T | undefined;
  for (const point of points) {
    if (!(point.cost < dear.cost)) continue;
    if (!cheap || point.missRate < cheap.missRate || (point.missRate === cheap.missRate && point.cost < cheap.cost))
      cheap = point;
  }
  return cheap && { dear, cheap, share: (level - dear.missRate) / (cheap.missRate - dear.missRate) };
}

/** A quantity of the two points of a bracket, at the level. */
export function interpolate<T>({ dear, cheap, share }: Bracket<T>, of: (point: T) => number): number {
  return of(dear) + share * (of(cheap) - of(dear));
}

/**
 * What a policy costs at so many misses: linear between the two efficient points that bracket the level, and nothing else.
 *
 * Laws: between the costs of the two points; never rises with the level; a point that is beaten changes nothing.
 */
export function costAtMisses(points: readonly Pooled[], level: Ratio): number | undefined {
  const bracket = bracketOf(points, level);
  return bracket && interpolate(bracket, ({ cost }) => cost);
}
