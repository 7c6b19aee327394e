import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, logarithmic, type OptionsOf } from './settings.js';

/** The defaults are those of llm-d's workload-autoscaling guide. */
export const LLMD_QUEUE_SETTINGS = {
  waiting: logarithmic(1, [0.05, 200], 'waiting requests per replica'),
  running: logarithmic(16, [0.5, 500], 'running requests per replica'),
};
export type LlmdQueueOptions = OptionsOf<typeof LLMD_QUEUE_SETTINGS>;

/** llm-d's queue law: max(ceil(waiting / 1), ceil(running / 16)), the larger of two KEDA triggers (peers, llm-d v0.9 guide). */
export function createLlmdQueue(thresholds: LlmdQueueOptions = defaultsOf(LLMD_QUEUE_SETTINGS)): Policy {
  return policyFromLaw('llm-d-queue', ({ demand, window }) => {
    const waiting = demand.queue[demand.queue.length - 1] ?? Number.NaN;
    const running = window.series.runningRequests.findLast((value) => !Number.isNaN(value)) ?? Number.NaN;
    return Math.max(Math.ceil(waiting / thresholds.waiting), Math.ceil(running / thresholds.running));
  });
}
