import type { Requests } from '../base/units.js';
import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

/** Requests in the engine per replica, whatever its slots. */
const DEFAULT_TARGET: Requests = 20;

/** One trigger on vllm:num_requests_waiting + vllm:num_requests_running over a fixed number per replica, rounded up (AverageValue). */
export function createQueueRunning(target: Requests = DEFAULT_TARGET): Policy {
  return policyFromLaw('queue-running', ({ window }) => {
    const inside = latestOr(window, 'queueDepth', Number.NaN) + latestOr(window, 'runningRequests', Number.NaN);
    return inside / target;
  });
}
