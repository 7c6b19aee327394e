import type { Seconds } from '../../base/units.js';
import { latest, type Window } from '../../decision/window.js';
import type { Bounds } from '../../decision/workload.js';
import type { ReplicaKind } from '../../kisim/replica-kind.js';
import type { FleetFrame } from '../../page/feed.js';
import { createHpaConcurrency } from '../../policies/hpa-concurrency.js';
import type { Policy } from '../../policies/policy.js';
import { createStatic } from '../../policies/static.js';
import { answerUnguarded } from '../../scenarios/answer.js';
import type { FleetRun } from '../../scenarios/fleet-run.js';
import { DemoTraffic } from './demo-traffic.js';
import { openFleet } from './open-fleet.js';

/** One of the three fleets of the demo. */
export interface DemoFleet {
  readonly name: string;
  readonly run: FleetRun;
  readonly traffic: DemoTraffic;
  /** The rule that decides for it; absent for ours, which is decided through the gRPC scaler. */
  readonly rival?: Policy;
}

/** Replicas of the static fleet: what serves the peak of the demo's traffic, spikes apart, at 87 % utilization. */
const STATIC_REPLICAS = 6;
const INITIAL_REPLICAS = 3;

/** Three fleets on the same requests: ours, a HPA on concurrency with Kubernetes' defaults, and a static one. */
export function createFleets(kind: ReplicaKind, bounds: Bounds, slo: Seconds, seed: number): readonly DemoFleet[] {
  const open = (name: string, initialReplicas: number, rival?: Policy): DemoFleet => {
    const traffic = new DemoTraffic(kind.profile, seed);
    const run = openFleet({ kind, bounds, slo, seed, traffic, initialReplicas, behavior: 'none' });
    return { name, run, traffic, ...(rival ? { rival } : {}) };
  };
  return [
    open('kiscaler', INITIAL_REPLICAS),
    open('HPA on concurrency', INITIAL_REPLICAS, createHpaConcurrency()),
    open(`static ${STATIC_REPLICAS}`, STATIC_REPLICAS, createStatic(STATIC_REPLICAS)),
  ];
}

/** Lets a rival's rule answer for `tick`; its HPA, inside the run, does the rest. */
export async function answerRival({ run, rival }: DemoFleet, tick: Seconds): Promise<void> {
  if (!rival || tick > run.now) return;
  const [proposal] = await rival.propose([{ workload: run.workload, window: run.window(tick) }]);
  run.answer(answerUnguarded(proposal).metricTotal);
}

/** What the page shows of a fleet at its present time. */
export function toFrame({ name, run }: DemoFleet, window: Window, pricePerHour: number): FleetFrame {
  const { replicaSeconds, misses, injected } = run.totals();
  const replicaHours = replicaSeconds / 3600;
  const pods = run.pods().filter(({ phase }) => phase === 'ready');
  return {
    name,
    queue: pods.reduce((sum, { waiting }) => sum + waiting, 0),
    p99: latest(window, 'p99Latency')?.value ?? Number.NaN,
    headroom: pods.length === 0 ? Number.NaN : 1 - Math.max(...pods.map(({ kvUsage }) => kvUsage)),
    ready: run.replicas.ready,
    starting: run.replicas.starting,
    replicaHours,
    dollars: replicaHours * pricePerHour,
    missRate: injected === 0 ? 0 : misses / injected,
  };
}
