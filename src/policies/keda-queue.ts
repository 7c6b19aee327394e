import type { Requests } from '../base/units.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

/** Waiting requests per replica that KEDA's vLLM examples aim at. */
const DEFAULT_THRESHOLD: Requests = 5;

/**
 * KEDA's Prometheus trigger on the waiting queue: sum(vllm:num_requests_waiting) / threshold, rounded up. As in KEDA
 * (`ignoreNullValues` defaults to true) an absent queue counts as 0, so a blind rule asks for the minimum.
 */
export function createKedaQueue(threshold: Requests = DEFAULT_THRESHOLD): Policy {
  return policyFromLaw('keda-queue', ({ window }) => {
    const newest = window.series.queueDepth[window.grid.ticks - 1] ?? Number.NaN;
    return Number.isNaN(newest) ? 0 : newest / threshold;
  });
}
