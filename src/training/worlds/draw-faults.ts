import { uniform, uniformInteger } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { Ratio, Seconds } from '../../base/units.js';
import type { ScenarioInput } from '../../scenarios/scenario.js';
import { pick } from './world.js';

/** Share of the episodes in which something goes wrong. */
const FAULTY: Ratio = 0.2;

type FaultInput = NonNullable<ScenarioInput['faults']>[number];
type FleetInput = ScenarioInput['fleet'];

/** What goes wrong from `at` on, in a run of `duration`. */
type Draw = (rng: Rng, at: Seconds) => FaultInput;

const lasting = (rng: Rng, at: Seconds, shortest: Seconds, longest: Seconds): { at: Seconds; until: Seconds } => ({
  at,
  until: at + uniform(rng, shortest, longest),
});

/** Every kind that a policy can do something about, or must not be led astray by. */
const FAULTS: readonly Draw[] = [
  (rng, at) => ({ kind: 'metrics-stop', ...lasting(rng, at, 30, 240) }),
  (rng, at) => ({ kind: 'metrics-stale', ...lasting(rng, at, 60, 300), share: uniform(rng, 0.3, 1) }),
  (rng, at) => ({ kind: 'metrics-partial', ...lasting(rng, at, 60, 900), share: uniform(rng, 0.1, 0.6) }),
  (rng, at) => ({ kind: 'metrics-slow', ...lasting(rng, at, 60, 300), delay: uniform(rng, 2, 12) }),
  (rng, at) => ({
    kind: 'metrics-renamed',
    ...lasting(rng, at, 120, 900),
    series: pick(rng, [['latency'], ['kvUsage'], ['tokens'], ['waiting']]),
  }),
  (rng, at) => ({ kind: 'pod-crash', at, pods: uniformInteger(rng, 1, 3) }),
  (rng, at) => ({ kind: 'oom', ...lasting(rng, at, 120, 600), pods: 1, after: uniform(rng, 30, 120) }),
  (rng, at) => ({
    kind: 'slow-pods',
    ...lasting(rng, at, 120, 900),
    pods: uniformInteger(rng, 1, 3),
    factor: uniform(rng, 1.3, 3),
  }),
  (rng, at) => ({ kind: 'slow-start', ...lasting(rng, at, 300, 1800), factor: uniform(rng, 1.5, 3) }),
  (rng, at) => ({ kind: 'slow-start', ...lasting(rng, at, 300, 1800), factor: uniform(rng, 1.5, 3) }),
  (_, at) => ({ kind: 'rollout', at }),
  (rng, at) => ({ kind: 'stock-out', ...lasting(rng, at, 120, 900) }),
  (rng, at) => ({ kind: 'node-loss', ...lasting(rng, at, 300, 1200), nodes: 1 }),
  (_, at) => ({ kind: 'spot-reclaim', at, nodes: 1 }),
  (rng, at) => ({ kind: 'noisy-neighbour', ...lasting(rng, at, 120, 900), factor: uniform(rng, 1.3, 3) }),
  (_, at) => ({ kind: 'keda-restart', at }),
  (_, at) => ({ kind: 'hpa-restart', at }),
];

/** GPUs of a node, where nodes are modelled: those that can be lost. */
const GPUS_PER_NODE = 8;

/**
 * Faults of a fifth of the episodes, one or two each, and the nodes that they strike.
 * @param gpus all that the fleet may ever need
 */
export function drawFaults(rng: Rng, duration: Seconds, gpus: number): Pick<ScenarioInput, 'faults' | 'fleet'> {
  if (rng.next() >= FAULTY) return {};
  const count = rng.next() < 0.75 ? 1 : 2;
  const faults = Array.from({ length: count }, () => pick(rng, FAULTS)(rng, uniform(rng, 0.1, 0.8) * duration));
  const isStruck = faults.some(({ kind }) => kind === 'node-loss' || kind === 'spot-reclaim');
  return { faults, ...(isStruck ? { fleet: nodesFor(rng, gpus) } : {}) };
}

/** Half of the GPUs are there, the others can be ordered. */
function nodesFor(rng: Rng, gpus: number): FleetInput {
  const max = Math.ceil(gpus / GPUS_PER_NODE) + 1;
  const pool = { gpusPerNode: GPUS_PER_NODE, count: Math.ceil(max / 2), max, provisioning: uniform(rng, 60, 240) };
  return { nodes: [{ name: 'gpus', ...pool, capacity: 'spot' }] };
}
