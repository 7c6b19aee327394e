import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, logarithmic, type OptionsOf } from './settings.js';

export const HPA_QUEUE_SETTINGS = {
  target: logarithmic(5, [0.05, 200], 'waiting requests per replica; tuned per workload in practice'),
};
export type HpaQueueOptions = OptionsOf<typeof HPA_QUEUE_SETTINGS>;

/** The HPA on the waiting queue: waiting / target, rounded up (AverageValue). Unlike KEDA's trigger an absent queue is no 0: the law fails and the HPA holds. */
export function createHpaQueue({ target }: HpaQueueOptions = defaultsOf(HPA_QUEUE_SETTINGS)): Policy {
  return policyFromLaw('hpa-queue', ({ window }) => latestOr(window, 'queueDepth', Number.NaN) / target);
}
