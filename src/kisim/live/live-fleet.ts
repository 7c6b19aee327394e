import type { Clock } from '../../base/clock.js';
import type { Replicas, Seconds } from '../../base/units.js';
import { runUntil } from '../event-queue.js';
import type { Pod } from '../fleet/pod.js';
import { buildSimulation, type Simulation, type SimulationOptions } from '../simulation.js';
import { dcgmFamilies, type GpuState } from '../telemetry/dcgm-exposition.js';
import type { MetricFamily } from '../telemetry/exposition.js';
import { kubeFamilies, podName } from '../telemetry/kube-exposition.js';
import { vllmFamilies } from '../telemetry/vllm-exposition.js';

export interface LiveFleetOptions {
  readonly simulation: SimulationOptions;
  /** Drives the simulated time: its `now` at creation is time 0. */
  readonly clock: Clock;
  readonly deployment: string;
  readonly modelName: string;
}

/**
 * A simulated fleet whose time is a clock's: looking at it first lets everything happen that is due. It is scaled from outside
 * (`scaleTo`), by whoever reads its metrics; its own HPA has no metric and holds.
 */
export interface LiveFleet {
  readonly namespace: string;
  readonly spec: Replicas;
  /** Pods with a metrics endpoint, by name. */
  servingPods(): readonly string[];
  /** What a scrape of this pod shows, or undefined where its endpoint is not up. */
  podFamilies(name: string): readonly MetricFamily[] | undefined;
  kubeFamilies(): readonly MetricFamily[];
  dcgmFamilies(): readonly MetricFamily[];
  scaleTo(replicas: Replicas): void;
}

export function createLiveFleet(options: LiveFleetOptions): LiveFleet {
  const { clock, deployment, modelName } = options;
  const { workload, profile } = options.simulation;
  const { namespace } = workload;
  const simulation = buildSimulation(options.simulation, () => {});
  const { fleet } = simulation;
  const epoch = clock.now();
  const busy = new WeakMap<Pod, Busy>();
  const catchUp = (): Seconds => advance(simulation, clock.now() - epoch);
  const isServing = (pod: Pod): boolean => pod.phase === 'ready' || pod.phase === 'draining';
  const find = (name: string): Pod | undefined =>
    fleet.pods.find((pod) => isServing(pod) && podName(deployment, pod) === name);
  return {
    namespace,
    get spec() {
      return fleet.spec;
    },
    servingPods() {
      catchUp();
      return fleet.pods.filter(isServing).map((pod) => podName(deployment, pod));
    },
    podFamilies(name) {
      catchUp();
      const replica = find(name)?.replica;
      return replica && profile.engine === 'vllm' ? vllmFamilies(replica, modelName, profile) : undefined;
    },
    kubeFamilies() {
      catchUp();
      const names = { namespace, deployment, scaledObject: workload.name, bounds: workload.bounds, epoch };
      return kubeFamilies(fleet.spec, fleet.pods, names);
    },
    dcgmFamilies() {
      const now = catchUp();
      const gpus = fleet.pods
        .filter(isServing)
        .map((pod): GpuState => ({ pod: podName(deployment, pod), busyShare: busySince(busy, pod, now) }));
      return dcgmFamilies(gpus, { profile, namespace });
    },
    scaleTo(replicas) {
      const now = catchUp();
      if (replicas !== fleet.spec) fleet.scaleTo(replicas, now);
    },
  };
}

interface Busy {
  readonly at: Seconds;
  readonly seconds: Seconds;
  readonly share: number;
}

function advance(simulation: Simulation, now: Seconds): Seconds {
  runUntil(simulation.sources, now);
  simulation.fleet.settle(now);
  for (const pod of simulation.fleet.pods) simulation.dispatcher.advance(pod, now);
  return now;
}

/** Share of the time since the last look during which the pod's GPU worked; looks within a second repeat the last answer. */
function busySince(looks: WeakMap<Pod, Busy>, pod: Pod, now: Seconds): number {
  const last = looks.get(pod) ?? { at: pod.readyAt, seconds: 0, share: 0 };
  if (now - last.at < 1) return last.share;
  const seconds = pod.replica?.counters.busySeconds ?? 0;
  const share = Math.max(0, Math.min(1, (seconds - last.seconds) / (now - last.at)));
  looks.set(pod, { at: now, seconds, share });
  return share;
}
