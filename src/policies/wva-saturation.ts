import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, linear, logarithmic, type OptionsOf } from './settings.js';

export const WVA_SETTINGS = {
  saturatedKv: linear(0.8, [0.02, 1], 'KV use at which a replica is saturated'),
  saturatedQueue: logarithmic(5, [0.05, 200], 'queue per replica at which it is'),
  scaleUp: linear(0.85, [0.05, 2], 'demand over supply above which the fleet grows'),
  scaleDown: linear(0.7, [0.05, 2], 'demand over supply below which it shrinks'),
};
export type WvaOptions = OptionsOf<typeof WVA_SETTINGS>;

/**
 * WVA's saturation analysis, second form (llm-d workload-variant-autoscaler, values-dev.yaml): demand in saturated replicas is
 * the larger of KV use / 0.80 and queue / 5, over all ready ones. Grow to demand / 0.85, of which starting replicas are already
 * on their way; shrink towards demand / 0.70, never while some are starting.
 */
export function createWvaSaturation(options: WvaOptions = defaultsOf(WVA_SETTINGS)): Policy {
  return policyFromLaw('wva-saturation', ({ window, currentReplicas, readyReplicas, startingReplicas }) => {
    const ready = Math.max(1, readyReplicas);
    const kv = latestOr(window, 'kvUsage', 0) / options.saturatedKv;
    const queue = latestOr(window, 'queueDepth', Number.NaN) / ready / options.saturatedQueue;
    const demand = ready * Math.max(kv, queue);
    // Without a measurement the law fails rather than holds: that is the HPA's part.
    if (Number.isNaN(demand)) return demand;
    const needed = Math.ceil(demand / options.scaleUp);
    if (needed > ready) return Math.max(currentReplicas, needed);
    if (startingReplicas > 0) return currentReplicas;
    const enough = Math.max(1, Math.ceil(demand / options.scaleDown));
    return Math.min(currentReplicas, enough);
  });
}
