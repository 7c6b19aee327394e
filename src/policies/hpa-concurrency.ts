import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, linear, type OptionsOf } from './settings.js';

export const HPA_CONCURRENCY_SETTINGS = {
  targetUtilization: linear(0.7, [0.02, 1], "share of a replica's slots that the rule keeps busy"),
};
export type HpaConcurrencyOptions = OptionsOf<typeof HPA_CONCURRENCY_SETTINGS>;

/**
 * The HPA on requests in the engine, the rule most vLLM guides start from: total (waiting + running) over target slots per
 * replica, rounded up (AverageValue; replica_calculator.go). Tolerance, windows and rate limits are the HPA's own part.
 */
export function createHpaConcurrency(options: HpaConcurrencyOptions = defaultsOf(HPA_CONCURRENCY_SETTINGS)): Policy {
  return policyFromLaw('hpa', ({ demand, window, capacity }) => {
    const running = window.series.runningRequests.findLast((value) => !Number.isNaN(value)) ?? Number.NaN;
    const queue = demand.queue[demand.queue.length - 1] ?? Number.NaN;
    return (queue + running) / (options.targetUtilization * capacity.maxNumSeqs);
  });
}
