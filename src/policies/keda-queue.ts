import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, logarithmic, type OptionsOf } from './settings.js';

export const KEDA_QUEUE_SETTINGS = {
  threshold: logarithmic(5, [0.05, 200], "waiting requests per replica; KEDA's vLLM examples aim at 5"),
};
export type KedaQueueOptions = OptionsOf<typeof KEDA_QUEUE_SETTINGS>;

/**
 * KEDA's Prometheus trigger on the waiting queue: sum(vllm:num_requests_waiting) / threshold, rounded up. As in KEDA
 * (`ignoreNullValues` defaults to true) an absent queue counts as 0, so a blind rule asks for the minimum.
 */
export function createKedaQueue({ threshold }: KedaQueueOptions = defaultsOf(KEDA_QUEUE_SETTINGS)): Policy {
  return policyFromLaw('keda-queue', ({ window }) => {
    const newest = window.series.queueDepth[window.grid.ticks - 1] ?? Number.NaN;
    return Number.isNaN(newest) ? 0 : newest / threshold;
  });
}
