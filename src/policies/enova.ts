import { clamp } from '../base/numbers.js';
import type { SignalName } from '../decision/signal.js';
import type { Situation } from '../decision/situation.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, linear, logarithmic, type OptionsOf } from './settings.js';

export const ENOVA_SETTINGS = {
  span: logarithmic(180, [15, 900], 'seconds for which a condition must have held on every tick'),
  pending: logarithmic(50, [0.5, 1000], 'waiting requests, over all replicas, above which the fleet grows'),
  idle: linear(0.1, [0, 0.9], 'KV use and share of slots below which it halves'),
};
export type EnovaOptions = OptionsOf<typeof ENOVA_SETTINGS>;

/**
 * ENOVA's rule as its repository runs it (Emerging-AI/ENOVA, 2407.09486; its detector is thresholds): up when at least `pending`
 * requests have waited for the last three minutes, down to half when KV use and running requests have been below a tenth.
 * Its step up multiplies n by what arrives over what is served, here arrivals over completions, at least one more.
 */
export function createEnova(options: EnovaOptions = defaultsOf(ENOVA_SETTINGS)): Policy {
  return policyFromLaw('enova', (situation) => {
    const { demand, window, capacity } = situation;
    const replicas = Math.max(1, situation.currentReplicas);
    const ticks = Math.max(1, Math.round(options.span / window.grid.interval));
    const queue = newest(situation, 'queueDepth', ticks);
    const running = newest(situation, 'runningRequests', ticks);
    const kvUsage = newest(situation, 'kvUsage', ticks);
    if ([...queue, ...running].some(Number.isNaN)) return Number.NaN;
    if (queue.every((waiting) => waiting >= options.pending)) {
      const served = newest(situation, 'completionRate', 1)[0] as number;
      const arriving = demand.ewma25.at(-1) ?? 0;
      return Math.max(replicas + 1, Math.ceil(replicas * clamp(arriving / Math.max(served, 1e-6), 1, 4)));
    }
    const slots = options.idle * capacity.maxNumSeqs * Math.max(1, situation.readyReplicas);
    const isIdle = kvUsage.every((usage) => !(usage > options.idle)) && running.every((count) => count <= slots);
    return isIdle && replicas > 1 ? Math.ceil(replicas / 2) : replicas;
  });
}

function newest({ window }: Situation, name: SignalName, ticks: number): readonly number[] {
  return [...window.series[name].subarray(-ticks)];
}
