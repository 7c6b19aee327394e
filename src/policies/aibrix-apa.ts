import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, linear, logarithmic, type OptionsOf } from './settings.js';

export const APA_SETTINGS = {
  targetUtilization: linear(0.7, [0.05, 1], 'share of the slots that a replica is to have in use'),
  fluctuation: linear(0.1, [0, 0.9], 'band around the target in which nothing happens'),
  maxScaleUpRate: logarithmic(2, [1, 10], 'largest factor of one step up'),
  maxScaleDownRate: logarithmic(2, [1, 10], 'largest factor of one step down'),
};
export type ApaOptions = OptionsOf<typeof APA_SETTINGS>;

/**
 * AIBrix' APA (pkg/controller/podautoscaler): ratio = use per replica / target; above 1.1 min(ceil(n * ratio), ceil(2n)), below
 * 0.9 max(ceil(n * ratio), floor(n / 2)), else n. Use is requests in the engine over slots.
 */
export function createAibrixApa(options: ApaOptions = defaultsOf(APA_SETTINGS)): Policy {
  const { targetUtilization, fluctuation, maxScaleUpRate, maxScaleDownRate } = options;
  return policyFromLaw('aibrix-apa', ({ window, readyReplicas, currentReplicas, capacity }) => {
    const inside = latestOr(window, 'queueDepth', Number.NaN) + latestOr(window, 'runningRequests', Number.NaN);
    const replicas = Math.max(1, currentReplicas);
    const ratio = inside / Math.max(1, readyReplicas) / (targetUtilization * capacity.maxNumSeqs);
    const wanted = Math.ceil(replicas * ratio);
    if (ratio > 1 + fluctuation) return Math.min(wanted, Math.ceil(maxScaleUpRate * replicas));
    if (ratio < 1 - fluctuation) return Math.max(wanted, Math.floor(replicas / maxScaleDownRate));
    return Number.isNaN(ratio) ? ratio : replicas;
  });
}
