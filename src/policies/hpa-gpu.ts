import type { Ratio } from '../base/units.js';
import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

/** Busy share of a GPU that the rule aims at, in (0, 1]. */
const DEFAULT_TARGET: Ratio = 0.7;

/**
 * The HPA on GPU utilisation (DCGM): ready replicas * utilisation / target, rounded up (replica_calculator.go). A busy GPU says
 * little about latency, because an engine with one request and one with a hundred are both busy; people run it all the same.
 */
export function createHpaGpu(target: Ratio = DEFAULT_TARGET): Policy {
  return policyFromLaw('hpa-gpu', ({ window, readyReplicas }) => {
    const utilization = latestOr(window, 'gpuUtilization', Number.NaN);
    return (Math.max(1, readyReplicas) * utilization) / target;
  });
}
