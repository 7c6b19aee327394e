import { clamp } from '../base/numbers.js';
import type { Ratio, Seconds } from '../base/units.js';
import type { Situation } from '../decision/situation.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

export interface KpaOptions {
  /** Share of a replica's slots that is aimed at (Knative: container-concurrency-target-percentage, 70 %). */
  readonly targetUtilization: Ratio;
  readonly stableWindow: Seconds;
  /** Panic begins when the newest concurrency wants this many times the ready replicas. */
  readonly panicThreshold: Ratio;
  readonly maxScaleDownRate: Ratio;
}

export const DEFAULT_KPA: KpaOptions = {
  targetUtilization: 0.7,
  stableWindow: 60,
  panicThreshold: 2,
  maxScaleDownRate: 2,
};

/**
 * Knative's pod autoscaler on concurrency (pkg/autoscaler/scaling/autoscaler.go): mean concurrency over the stable window, or
 * the newest while in panic; in panic never fewer than now. Its six-second panic window is one tick here, and panic is
 * recomputed from the window instead of remembered: it holds while any tick of the stable window was in it.
 */
export function createKpa(options: KpaOptions = DEFAULT_KPA): Policy {
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
