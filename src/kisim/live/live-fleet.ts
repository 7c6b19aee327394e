import type { Clock } from '../../base/clock.js';
import type { Replicas, Seconds } from '../../base/units.js';
import { runUntil } from '../event-queue.js';
import type { Pod } from '../fleet/pod.js';
import { buildSimulation, type Simulation, type SimulationOptions } from '../simulation.js';
import { dcgmFamilies, type GpuState } from '../telemetry/dcgm-exposition.js';
import type { MetricFamily } from '../telemetry/exposition.js';
import { kubeFamilies, podName } from '../telemetry/kube-exposition.js';
import { vllmFamilies } from '../telemetry/vllm-exposition.js';
import { BusyShare } from './busy-share.js';
import type { LiveExposition } from './live-server.js';

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
export interface LiveFleet extends LiveExposition {
  readonly spec: Replicas;
  kubeFamilies(): readonly MetricFamily[];
  scaleTo(replicas: Replicas): void;
}

export function createLiveFleet(options: LiveFleetOptions): LiveFleet {
  const { clock, deployment, modelName } = options;
  const { workload, profile } = options.simulation;
  const { namespace } = workload;
  const simulation = buildSimulation(options.simulation, () => {});
  const { fleet } = simulation;
  const epoch = clock.now();
  const busy = new BusyShare();
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
        .map((pod): GpuState => ({ pod: podName(deployment, pod), busyShare: busy.since(pod, now) }));
      return dcgmFamilies(gpus, { profile, namespace });
    },
    scaleTo(replicas) {
      const now = catchUp();
      if (replicas !== fleet.spec) fleet.scaleTo(replicas, now);
    },
  };
}

function advance(simulation: Simulation, now: Seconds): Seconds {
  runUntil(simulation.sources, now);
  simulation.fleet.settle(now);
  for (const pod of simulation.fleet.pods) simulation.dispatcher.advance(pod, now);
  return now;
}
