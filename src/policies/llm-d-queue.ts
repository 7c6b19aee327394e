import type { Requests } from '../base/units.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

/** Thresholds of llm-d's workload-autoscaling guide: one waiting and sixteen running requests per replica. */
const DEFAULT_THRESHOLDS = { waiting: 1, running: 16 };

/** llm-d's queue law: max(ceil(waiting / 1), ceil(running / 16)), the larger of two KEDA triggers (peers, llm-d v0.9 guide). */
export function createLlmdQueue(thresholds: { waiting: Requests; running: Requests } = DEFAULT_THRESHOLDS): Policy {
  return policyFromLaw('llm-d-queue', ({ demand, window }) => {
    const waiting = demand.queue[demand.queue.length - 1] ?? Number.NaN;
    const running = window.series.runningRequests.findLast((value) => !Number.isNaN(value)) ?? Number.NaN;
    return Math.max(Math.ceil(waiting / thresholds.waiting), Math.ceil(running / thresholds.running));
  });
}
