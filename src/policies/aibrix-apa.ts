import type { Ratio } from '../base/units.js';
import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

export interface ApaOptions {
  /** Share of a replica's slots that one replica is to have in use. */
  readonly targetUtilization: Ratio;
  /** Band around the target in which nothing happens. */
  readonly fluctuation: Ratio;
  /** Largest factor of one step up, and of one step down. */
  readonly maxScaleUpRate: Ratio;
  readonly maxScaleDownRate: Ratio;
}

export const DEFAULT_APA: ApaOptions = {
  targetUtilization: 0.7,
  fluctuation: 0.1,
  maxScaleUpRate: 2,
  maxScaleDownRate: 2,
};

/**
 * AIBrix' APA (pkg/controller/podautoscaler): ratio = use per replica / target; above 1.1 min(ceil(n * ratio), ceil(2n)), below
 * 0.9 max(ceil(n * ratio), floor(n / 2)), else n. Use is requests in the engine over slots.
 */
export function createAibrixApa(options: ApaOptions = DEFAULT_APA): Policy {
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
