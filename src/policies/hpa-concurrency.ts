import type { Ratio } from '../base/units.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

/** Share of a replica's slots that the rule keeps busy, in (0, 1]. */
const DEFAULT_TARGET: Ratio = 0.7;

/**
 * The HPA on requests in the engine, the rule most vLLM guides start from: total (waiting + running) over target slots per
 * replica, rounded up (AverageValue; replica_calculator.go). Tolerance, windows and rate limits are the HPA's own part.
 */
export function createHpaConcurrency(target: Ratio = DEFAULT_TARGET): Policy {
  return policyFromLaw('hpa', ({ demand, window, capacity }) => {
    const running = window.series.runningRequests.findLast((value) => !Number.isNaN(value)) ?? Number.NaN;
    const queue = demand.queue[demand.queue.length - 1] ?? Number.NaN;
    return (queue + running) / (target * capacity.maxNumSeqs);
  });
}
