import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, linear, type OptionsOf } from './settings.js';

export const HPA_GPU_SETTINGS = {
  targetUtilization: linear(0.7, [0.02, 1], 'busy share of a GPU that the rule aims at'),
};
export type HpaGpuOptions = OptionsOf<typeof HPA_GPU_SETTINGS>;

/**
 * The HPA on GPU utilisation (DCGM): ready replicas * utilisation / target, rounded up (replica_calculator.go). A busy GPU says
 * little about latency, because an engine with one request and one with a hundred are both busy; people run it all the same.
 */
export function createHpaGpu(options: HpaGpuOptions = defaultsOf(HPA_GPU_SETTINGS)): Policy {
  return policyFromLaw('hpa-gpu', ({ window, readyReplicas }) => {
    const utilization = latestOr(window, 'gpuUtilization', Number.NaN);
    return (Math.max(1, readyReplicas) * utilization) / options.targetUtilization;
  });
}
