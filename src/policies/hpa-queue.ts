import type { Requests } from '../base/units.js';
import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

/** Waiting requests per replica; tuned per workload in practice. */
const DEFAULT_TARGET: Requests = 5;

/** The HPA on the waiting queue: waiting / target, rounded up (AverageValue). Unlike KEDA's trigger an absent queue is no 0: the law fails and the HPA holds. */
export function createHpaQueue(target: Requests = DEFAULT_TARGET): Policy {
  return policyFromLaw('hpa-queue', ({ window }) => latestOr(window, 'queueDepth', Number.NaN) / target);
}
