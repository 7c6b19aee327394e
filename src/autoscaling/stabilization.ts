import type { Replicas, Seconds } from '../base/units.js';
import { type Behavior, CONTROLLER_DOWNSCALE_STABILIZATION, type HpaBehavior } from './behavior.js';
import { type Recommendation, replaceLast } from './hpa-memory.js';

export interface Stabilized {
  readonly replicas: Replicas;
  readonly recommendations: readonly Recommendation[];
}

/**
 * Holds a recommendation against those of the stabilization windows and remembers it as it came (horizontal.go,
 * stabilizeRecommendationWithBehaviors and stabilizeRecommendation). One that is a whole window old is out: syncs of the real
 * controller are a period and their own work apart, so that none is ever seen at exactly that age.
 */
export function stabilize(
  present: Replicas,
  recommended: Recommendation,
  behavior: Behavior,
  recommendations: readonly Recommendation[],
): Stabilized {
  return behavior === 'none'
    ? highestOfWindow(recommended, recommendations)
    : betweenWindows(present, recommended, behavior, recommendations);
}

/** Brings the present count between the lowest recent recommendation (up) and the highest (down). */
function betweenWindows(
  present: Replicas,
  recommended: Recommendation,
  { scaleUp, scaleDown }: HpaBehavior,
  recommendations: readonly Recommendation[],
): Stabilized {
  const upCutoff = recommended.at - scaleUp.stabilizationWindow;
  const downCutoff = recommended.at - scaleDown.stabilizationWindow;
  let up = recommended.replicas;
  let down = recommended.replicas;
  for (const { at, replicas } of recommendations) {
    if (at > upCutoff) up = Math.min(up, replicas);
    if (at > downCutoff) down = Math.max(down, replicas);
  }
  const isOutdated = ({ at }: Recommendation): boolean => at <= upCutoff && at <= downCutoff;
  return {
    replicas: Math.min(Math.max(present, up), down),
    recommendations: replaceLast(recommendations, recommended, isOutdated),
  };
}

/** Without a behaviour block: the highest of the last 300 s. */
function highestOfWindow(recommended: Recommendation, recommendations: readonly Recommendation[]): Stabilized {
  const cutoff: Seconds = recommended.at - CONTROLLER_DOWNSCALE_STABILIZATION;
  let highest = recommended.replicas;
  for (const { at, replicas } of recommendations) if (at > cutoff) highest = Math.max(highest, replicas);
  return {
    replicas: highest,
    recommendations: replaceLast(recommendations, recommended, ({ at }) => at <= cutoff),
  };
}
