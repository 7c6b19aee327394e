import type { Replicas, Seconds } from '../base/units.js';
import type { HpaBehavior, ScalingPolicy, ScalingRules } from './behavior.js';

/** One change of spec.replicas that the HPA made; `change` > 0 is up. */
export interface ScaleEvent {
  readonly at: Seconds;
  readonly change: Replicas;
}

/** What the policies need to know of a sync. */
export interface RateInput {
  readonly now: Seconds;
  readonly specReplicas: Replicas;
  readonly behavior: HpaBehavior;
}

/**
 * Confines a stabilized recommendation to what the scaling policies allow from the present count (horizontal.go,
 * convertDesiredReplicasWithBehaviorRate). Each policy counts from the replicas at the start of its period.
 */
export function limitRate(input: RateInput, events: readonly ScaleEvent[], desired: Replicas): Replicas {
  const { specReplicas, behavior } = input;
  if (desired > specReplicas) {
    const limit = selectLimit(input, events, behavior.scaleUp, ceiling, 'Max');
    return Math.min(desired, Math.max(limit, specReplicas));
  }
  if (desired < specReplicas) {
    const limit = selectLimit(input, events, behavior.scaleDown, floor, 'Min');
    return Math.max(desired, Math.min(limit, specReplicas));
  }
  return desired;
}

type Limit = (periodStart: Replicas, policy: ScalingPolicy) => Replicas;

const ceiling: Limit = (start, { type, value }) =>
  type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
const floor: Limit = (start, { type, value }) =>
  type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));

/** `largest` says which extreme is the larger change: the highest count on the way up, the lowest on the way down. */
function selectLimit(
  input: RateInput,
  events: readonly ScaleEvent[],
  rules: ScalingRules,
  limitOf: Limit,
  largest: 'Max' | 'Min',
): Replicas {
  if (rules.selectPolicy === 'Disabled') return input.specReplicas;
  const limits = rules.policies.map((policy) => limitOf(periodStart(input, events, policy.period), policy));
  const wantsHighest = (rules.selectPolicy === 'Max') === (largest === 'Max');
  return wantsHighest ? Math.max(...limits) : Math.min(...limits);
}

function periodStart(input: RateInput, events: readonly ScaleEvent[], period: Seconds): Replicas {
  let start = input.specReplicas;
  for (const { at, change } of events) if (at > input.now - period) start -= change;
  return start;
}
