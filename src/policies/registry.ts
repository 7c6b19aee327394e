import { createHpaConcurrency } from './hpa-concurrency.js';
import { createKedaQueue } from './keda-queue.js';
import { createKpa } from './kpa.js';
import { createLlmdQueue } from './llm-d-queue.js';
import { createPlanner } from './planner.js';
import type { Policy } from './policy.js';
import { createStatic } from './static.js';

/** What a policy name may be, for messages and help texts. */
export const POLICY_NAMES = 'learned, planner, hpa, keda-queue, llm-d-queue, kpa, static-N';

/** Name of the policy that comes from a model file; it is made by `policies/onnx` and handed in. */
export const LEARNED = 'learned';

/** The policy of that name, or undefined when there is none; `learned` is the one handed in. */
export function createPolicy(name: string, learned?: Policy): Policy | undefined {
  const fixed = /^static-([1-9]\d{0,3})$/.exec(name);
  if (fixed) return createStatic(Number(fixed[1]));
  switch (name) {
    case LEARNED:
      return learned;
    case 'planner':
      return createPlanner();
    case 'hpa':
      return createHpaConcurrency();
    case 'keda-queue':
      return createKedaQueue();
    case 'llm-d-queue':
      return createLlmdQueue();
    case 'kpa':
      return createKpa();
    default:
      return undefined;
  }
}

/** Every policy that the server runs side by side: the workload's own decides, the others are its shadow. */
export function createServedPolicies(learned?: Policy): ReadonlyMap<string, Policy> {
  const names = ['planner', 'hpa', 'keda-queue', 'llm-d-queue', 'kpa', LEARNED];
  const policies = names.map((name) => createPolicy(name, learned)).filter((policy) => policy !== undefined);
  return new Map(policies.map((policy) => [policy.name, policy]));
}
