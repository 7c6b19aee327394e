import type { Replicas, Seconds } from '../base/units.js';
import type { Behavior, HpaBehavior, ScalingPolicy, ScalingRules } from './behavior.js';
import type { ScaleEvent } from './hpa-memory.js';

/** What the policies need to know of a sync. */
export interface RateInput {
  readonly now: Seconds;
  readonly specReplicas: Replicas;
  readonly behavior: Behavior;
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
}

/** Without a behaviour block a sync may double the count, or reach four. */
const UP_FACTOR = 2;
const UP_MINIMUM: Replicas = 4;

/**
 * Confines a stabilized recommendation to what the scaling policies allow from the present count (horizontal.go,
 * convertDesiredReplicasWithBehaviorRate; without a block, convertDesiredReplicasWithRules). Each policy counts from the
 * replicas at the start of its period.
 */
export function limitRate(input: RateInput, desired: Replicas): Replicas {
  const { specReplicas, behavior } = input;
  if (behavior === 'none') return Math.min(desired, Math.max(UP_FACTOR * specReplicas, UP_MINIMUM));
  if (desired > specReplicas) return Math.min(desired, Math.max(upperLimit(input, behavior), specReplicas));
  if (desired < specReplicas) return Math.max(desired, Math.min(lowerLimit(input, behavior), specReplicas));
  return desired;
}

function upperLimit(input: RateInput, { scaleUp }: HpaBehavior): Replicas {
  const limits = limitsOf(input, scaleUp, (start, { type, value }) =>
    type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100)),
  );
  return select(scaleUp, input.specReplicas, Math.max(...limits), Math.min(...limits));
}

function lowerLimit(input: RateInput, { scaleDown }: HpaBehavior): Replicas {
  const limits = limitsOf(input, scaleDown, (start, { type, value }) =>
    type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100)),
  );
  return select(scaleDown, input.specReplicas, Math.min(...limits), Math.max(...limits));
}

/** Max and Min speak of the size of the change. */
function select({ selectPolicy }: ScalingRules, present: Replicas, largest: Replicas, smallest: Replicas): Replicas {
  switch (selectPolicy) {
    case 'Disabled':
      return present;
    case 'Max':
      return largest;
    case 'Min':
      return smallest;
  }
}

function limitsOf(
  input: RateInput,
  { policies }: ScalingRules,
  limitOf: (periodStart: Replicas, policy: ScalingPolicy) => Replicas,
): Replicas[] {
  return policies.map((policy) => {
    const added = changeSince(input.scaleUpEvents, input.now - policy.period);
    const removed = changeSince(input.scaleDownEvents, input.now - policy.period);
    return limitOf(input.specReplicas - added + removed, policy);
  });
}

function changeSince(events: readonly ScaleEvent[], cutoff: Seconds): Replicas {
  let sum = 0;
  for (const { at, change } of events) if (at > cutoff) sum += change;
  return sum;
}
