import { clamp } from '../base/numbers.js';
import type { Situation } from '../decision/situation.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, linear, logarithmic, type OptionsOf } from './settings.js';

export const KPA_SETTINGS = {
  targetUtilization: linear(
    0.7,
    [0.02, 1],
    'share of the slots that is aimed at (Knative: container-concurrency-target-percentage, 70 %)',
  ),
  stableWindow: logarithmic(60, [15, 960], 'seconds over which concurrency is averaged'),
  panicThreshold: logarithmic(
    2,
    [1, 10],
    'panic begins when the newest concurrency wants so many times the ready replicas',
  ),
  maxScaleDownRate: logarithmic(2, [1.01, 10], 'largest factor of one step down'),
};
export type KpaOptions = OptionsOf<typeof KPA_SETTINGS>;

/**
 * Knative's pod autoscaler on concurrency (pkg/autoscaler/scaling/autoscaler.go): mean concurrency over the stable window, or
 * the newest while in panic; in panic never fewer than now. Its six-second panic window is one tick here, and panic is
 * recomputed from the window instead of remembered: it holds while any tick of the stable window was in it.
 */
export function createKpa(options: KpaOptions = defaultsOf(KPA_SETTINGS)): Policy {
  return policyFromLaw('kpa', (situation) => {
    const { window, currentReplicas, readyReplicas, capacity } = situation;
    const ticks = Math.max(1, Math.round(options.stableWindow / window.grid.interval));
    const concurrency = newestConcurrency(situation, ticks);
    const perReplica = options.targetUtilization * capacity.maxNumSeqs;
    const ready = Math.max(1, readyReplicas);
    const stable = concurrency.reduce((sum, value) => sum + value, 0) / concurrency.length / perReplica;
    const panic = Math.max(...concurrency) / perReplica;
    const lowest = Math.floor(ready / options.maxScaleDownRate);
    if (Math.ceil(panic) / ready >= options.panicThreshold) return Math.max(currentReplicas, Math.ceil(panic));
    return clamp(Math.ceil(stable), lowest, 1000 * ready);
  });
}

function newestConcurrency({ window, demand }: Situation, ticks: number): number[] {
  const { runningRequests } = window.series;
  const values: number[] = [];
  for (let i = Math.max(0, runningRequests.length - ticks); i < runningRequests.length; i++) {
    const running = runningRequests[i] as number;
    if (!Number.isNaN(running)) values.push(running + (demand.queue[i] ?? 0));
  }
  return values.length > 0 ? values : [Number.NaN];
}
