import { createAibrixApa } from './aibrix-apa.js';
import { createDynamoPlanner } from './dynamo-planner.js';
import { createEnova } from './enova.js';
import { createHpaConcurrency } from './hpa-concurrency.js';
import { createHpaGpu } from './hpa-gpu.js';
import { createHpaQueue } from './hpa-queue.js';
import { createKedaQueue } from './keda-queue.js';
import { createKpa } from './kpa.js';
import { createLlmdQueue } from './llm-d-queue.js';
import { createLlmdSlo } from './llm-d-slo.js';
import { createLlmdToken } from './llm-d-token.js';
import { createPeakPlanner } from './peak-planner.js';
import { createPlanner } from './planner.js';
import type { Policy } from './policy.js';
import { createQueueRunning } from './queue-running.js';
import { createStatic } from './static.js';
import { createWvaSaturation } from './wva-saturation.js';

/** Name of the policy that comes from a model file; it is made by `policies/onnx` and handed in. */
export const LEARNED = 'learned';

/** The hand-written laws by name, ours first; each at its authors' constants. */
const LAWS: Readonly<Record<string, () => Policy>> = {
  planner: () => createPlanner(),
  peak: () => createPeakPlanner(),
  hpa: () => createHpaConcurrency(),
  'hpa-queue': () => createHpaQueue(),
  'hpa-gpu': () => createHpaGpu(),
  'keda-queue': () => createKedaQueue(),
  'queue-running': () => createQueueRunning(),
  kpa: () => createKpa(),
  'aibrix-apa': () => createAibrixApa(),
  enova: () => createEnova(),
  'wva-saturation': () => createWvaSaturation(),
  'llm-d-queue': () => createLlmdQueue(),
  'llm-d-token': () => createLlmdToken(),
  'llm-d-slo': () => createLlmdSlo('monotone'),
  'llm-d-slo-literal': () => createLlmdSlo('literal'),
  dynamo: () => createDynamoPlanner(),
};

/** Names of the hand-written laws. */
export const LAW_NAMES: readonly string[] = Object.keys(LAWS);

/** What a policy name may be, for messages and help texts. */
export const POLICY_NAMES = [LEARNED, ...LAW_NAMES, 'static-N'].join(', ');

/** The policy of that name, or undefined when there is none; `learned` is the one handed in. */
export function createPolicy(name: string, learned?: Policy): Policy | undefined {
  const fixed = /^static-([1-9]\d{0,3})$/.exec(name);
  if (fixed) return createStatic(Number(fixed[1]));
  if (name === LEARNED) return learned;
  return Object.hasOwn(LAWS, name) ? LAWS[name]?.() : undefined;
}

/** Every policy that the server runs side by side: the workload's own decides, the others are its shadow. */
export function createServedPolicies(learned?: Policy): ReadonlyMap<string, Policy> {
  const policies = [...LAW_NAMES, LEARNED]
    .map((name) => createPolicy(name, learned))
    .filter((policy) => policy !== undefined);
  return new Map(policies.map((policy) => [policy.name, policy]));
}
