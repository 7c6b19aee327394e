import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, logarithmic, type OptionsOf } from './settings.js';

export const QUEUE_RUNNING_SETTINGS = {
  target: logarithmic(20, [0.5, 500], 'requests in the engine per replica, whatever its slots'),
};
export type QueueRunningOptions = OptionsOf<typeof QUEUE_RUNNING_SETTINGS>;

/** One trigger on vllm:num_requests_waiting + vllm:num_requests_running over a fixed number per replica, rounded up (AverageValue). */
export function createQueueRunning({ target }: QueueRunningOptions = defaultsOf(QUEUE_RUNNING_SETTINGS)): Policy {
  return policyFromLaw('queue-running', ({ window }) => {
    const inside = latestOr(window, 'queueDepth', Number.NaN) + latestOr(window, 'runningRequests', Number.NaN);
    return inside / target;
  });
}
