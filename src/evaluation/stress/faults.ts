import { loadReplicaKind } from '../../kisim/replica-kind.js';
import type { Scenario } from '../../scenarios/scenario.js';
import { momentOf, type Variation } from './variation.js';

type Fault = Scenario['faults'][number];

/** Pods on a node, where a node can be lost. */
const PODS_PER_NODE = 2;

const SURGE = 'surge';

/** Things that go wrong in a window; what lasts, lasts for the middle third of what is counted. */
export const FAULT_VARIATIONS: readonly Variation[] = [
  fault('pod-crash', 'two pods crash after a third of the window, and two more after two thirds', (scenario) =>
    [1 / 3, 2 / 3].map((share) => ({ kind: 'pod-crash', at: momentOf(scenario, share), pods: 2 })),
  ),
  {
    name: 'node-loss',
    meaning: 'after a third of the window a node goes down with two pods, and nobody is told for 50 s',
    changes: ['faults', 'fleet.nodes'],
    vary: ({ scenario }) => ({
      ...withFaults(scenario, [
        { kind: 'node-loss', at: momentOf(scenario, 1 / 3), nodes: 1, detectAfter: 50, evictAfter: 75 },
      ]),
      fleet: { ...scenario.fleet, nodes: roomForAll(scenario) },
    }),
  },
  fault('metrics-stop', 'Prometheus is gone for a third of the window', (scenario) => [
    { kind: 'metrics-stop', ...middleThird(scenario) },
  ]),
  fault(
    'metrics-frozen',
    'exporters freeze for a third of the window: every sample is fresh, and none changes',
    (scenario) => [{ kind: 'metrics-stale', ...middleThird(scenario), share: 1 }],
  ),
  fault('half-scraped', 'half of the pods cannot be scraped for a third of the window', (scenario) => [
    { kind: 'metrics-partial', ...middleThird(scenario), share: 0.5 },
  ]),
  {
    name: SURGE,
    meaning: 'half as much again comes for a third of the window',
    changes: ['traffic.surges'],
    vary: ({ scenario }) => withSurge(scenario),
  },
  inSurge('stock-out', 'no new pod begins to start in the first half of a surge', (scenario) => [
    { kind: 'stock-out', at: momentOf(scenario, 1 / 3), until: momentOf(scenario, 1 / 2) },
  ]),
  inSurge('slow-start', 'cold starts that begin in a surge take three times as long', (scenario) => [
    { kind: 'slow-start', ...middleThird(scenario), factor: 3 },
  ]),
  inSurge('rollout', 'every pod is replaced in the middle of a surge', (scenario) => [
    { kind: 'rollout', at: momentOf(scenario, 1 / 2), maxSurge: '25%', maxUnavailable: '25%' },
  ]),
];

function fault(name: string, meaning: string, faultsOf: (scenario: Scenario) => readonly Fault[]): Variation {
  return { name, meaning, changes: ['faults'], vary: ({ scenario }) => withFaults(scenario, faultsOf(scenario)) };
}

/** What needs new pods to be felt comes in a surge, and is held against that surge alone. */
function inSurge(name: string, meaning: string, faultsOf: (scenario: Scenario) => readonly Fault[]): Variation {
  return {
    name: `${name}-in-surge`,
    meaning,
    changes: ['faults', 'traffic.surges'],
    against: SURGE,
    vary: ({ scenario }) => withFaults(withSurge(scenario), faultsOf(scenario)),
  };
}

function withSurge(scenario: Scenario): Scenario {
  const { at, until } = middleThird(scenario);
  return { ...scenario, traffic: { ...scenario.traffic, surges: [{ at, duration: until - at, times: 1.5 }] } };
}

function withFaults(scenario: Scenario, faults: readonly Fault[]): Scenario {
  return { ...scenario, faults: [...scenario.faults, ...faults] };
}

function middleThird(scenario: Scenario): { readonly at: number; readonly until: number } {
  return { at: momentOf(scenario, 1 / 3), until: momentOf(scenario, 2 / 3) };
}

/** So many nodes that there is room for every pod, also with one node less. */
function roomForAll({ profile, replicas }: Scenario): NonNullable<Scenario['fleet']['nodes']> {
  const kind = loadReplicaKind(profile);
  if (!kind.ok) throw new RangeError(kind.error);
  const count = Math.ceil(replicas.max / PODS_PER_NODE) + 1;
  const gpusPerNode = PODS_PER_NODE * kind.value.profile.gpus;
  return [
    {
      name: 'gpus',
      gpu: 'nvidia.com/gpu',
      gpusPerNode,
      count,
      max: count,
      provisioning: 'none',
      idleAfter: 600,
      zones: ['a'],
      capacity: 'on-demand',
    },
  ];
}
