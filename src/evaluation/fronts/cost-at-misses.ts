import type { Ratio } from '../../base/units.js';
import type { Pooled } from '../pool-rows.js';

/** The points that no other one beats in both cost and misses, cheapest first; each further one is dearer and misses less. */
export function efficientPoints(points: readonly Pooled[]): readonly Pooled[] {
  const sorted = [...points].sort((a, b) => a.cost - b.cost || a.missRate - b.missRate);
  let least = Number.POSITIVE_INFINITY;
  return sorted.filter(({ cost, missRate }) => {
    if (!(Number.isFinite(cost) && missRate < least)) return false;
    least = missRate;
    return true;
  });
}

/**
 * What a policy costs at so many misses: linear between the two efficient points that bracket the level, and nothing else.
 * Undefined where the level lies outside of what was seen: a front is never extended.
 *
 * Laws: between the costs of the two points; never rises with the level; a point that is beaten changes nothing.
 */
export function costAtMisses(points: readonly Pooled[], level: Ratio): number | undefined {
  const front = efficientPoints(points);
  for (const [i, dear] of front.entries()) {
    if (dear.missRate > level) continue;
    if (dear.missRate === level) return dear.cost;
    const cheap = front[i - 1];
    if (!cheap) return undefined;
    const share = (level - dear.missRate) / (cheap.missRate - dear.missRate);
    return dear.cost + share * (cheap.cost - dear.cost);
  }
  return undefined;
}
