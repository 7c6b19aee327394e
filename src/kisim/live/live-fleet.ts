import type { Clock } from '../../base/clock.js';
import type { Replicas, Seconds } from '../../base/units.js';
import type { Grid, Window } from '../../decision/window.js';
import type { Workload } from '../../decision/workload.js';
import { runUntil } from '../event-queue.js';
import type { Pod } from '../fleet/pod.js';
import { countReplicas, type ReplicaCounts } from '../fleet/replica-counts.js';
import { buildSimulation, type Simulation, type SimulationOptions } from '../simulation.js';
import { dcgmFamilies, gpuState } from '../telemetry/dcgm-exposition.js';
import { engineFamilies } from '../telemetry/engine-exposition.js';
import type { MetricFamily } from '../telemetry/exposition.js';
import { kubeFamilies, podName } from '../telemetry/kube-exposition.js';
import { BusyShare } from './busy-share.js';
import type { LiveControl, LiveExposition } from './live-server.js';

export interface LiveFleetOptions {
  readonly simulation: SimulationOptions;
  /** Drives the simulated time: its `now` at creation is time 0. */
  readonly clock: Clock;
  /** Simulated seconds per second of the clock on the wall, as `clock` has them; default 1. Clock times shown are wall times. */
  readonly speed?: number;
  readonly deployment: string;
  readonly modelName: string;
}

/**
 * A simulated fleet whose time is a clock's: looking at it first lets everything happen that is due. It is scaled from outside
 * (`scaleTo`), by whoever reads its metrics, or by its own KEDA and HPA, which read what `answer` was last given.
 */
export interface LiveFleet extends LiveExposition, LiveControl {
  readonly workload: Workload;
  readonly grid: Grid;
  readonly spec: Replicas;
  kubeFamilies(): readonly MetricFamily[];
  replicas(): ReplicaCounts;
  scaleTo(replicas: Replicas): void;
  /** Ends the container of a serving pod, which restarts in place with counters at zero; false: no such pod serves. */
  crash(name: string): boolean;
  /** Lets happen what is due; gives the seconds since the fleet's creation. */
  advance(): Seconds;
  /** KISim's own window of `tick`, the newest one at or before now or an earlier one. */
  window(tick: Seconds): Window;
  /** What KEDA reads from now on; undefined is an error, so the HPA holds. */
  answer(metricTotal: number | undefined): void;
}

export function createLiveFleet(options: LiveFleetOptions): LiveFleet {
  return new Live(options);
}

class Live implements LiveFleet {
  readonly #options: LiveFleetOptions;
  readonly #simulation: Simulation;
  readonly #epoch: Seconds;
  readonly #busy = new BusyShare();

  constructor(options: LiveFleetOptions) {
    this.#options = options;
    this.#simulation = buildSimulation(options.simulation, () => {});
    this.#epoch = options.clock.now();
  }

  get workload(): Workload {
    return this.#options.simulation.workload;
  }

  get namespace(): string {
    return this.workload.namespace;
  }

  get grid(): Grid {
    return this.#options.simulation.grid;
  }

  get spec(): Replicas {
    return this.#simulation.fleet.spec;
  }

  advance(): Seconds {
    const { sources, fleet, dispatcher } = this.#simulation;
    const now = this.#options.clock.now() - this.#epoch;
    runUntil(sources, now);
    fleet.settle(now);
    for (const pod of fleet.pods) dispatcher.advance(pod, now);
    return now;
  }

  servingPods(): readonly string[] {
    this.advance();
    return this.#serving().map((pod) => this.#nameOf(pod));
  }

  podFamilies(name: string): readonly MetricFamily[] | undefined {
    const now = this.advance();
    const pod = this.#find(name);
    if (pod) this.#simulation.telemetry.align(pod, now);
    const replica = pod?.replica;
    const { modelName, simulation } = this.#options;
    return replica && engineFamilies(replica, { modelName, profile: simulation.profile, now });
  }

  kubeFamilies(): readonly MetricFamily[] {
    this.advance();
    const { fleet } = this.#simulation;
    const { deployment, speed = 1 } = this.#options;
    const { namespace, name: scaledObject, bounds } = this.workload;
    return kubeFamilies(fleet.spec, fleet.pods, {
      namespace,
      deployment,
      scaledObject,
      bounds,
      epoch: this.#epoch,
      speed,
    });
  }

  dcgmFamilies(): readonly MetricFamily[] {
    const now = this.advance();
    const { profile } = this.#options.simulation;
    const gpus = this.#serving().map((pod) =>
      gpuState(this.#nameOf(pod), pod.replica, { profile, busyShare: this.#busy.since(pod, now) }),
    );
    return dcgmFamilies(gpus, { profile, namespace: this.namespace });
  }

  replicas(): ReplicaCounts {
    this.advance();
    return countReplicas(this.#simulation.fleet);
  }

  scaleTo(replicas: Replicas): void {
    const now = this.advance();
    const { fleet } = this.#simulation;
    if (replicas !== fleet.spec) fleet.scaleTo(replicas, now);
  }

  crash(name: string): boolean {
    const now = this.advance();
    const pod = this.#find(name);
    if (pod) this.#simulation.fleet.kubelet.crash(pod, now);
    return pod !== undefined;
  }

  window(tick: Seconds): Window {
    this.advance();
    return this.#simulation.telemetry.window(tick);
  }

  answer(metricTotal: number | undefined): void {
    this.#simulation.control.metricTotal = metricTotal;
  }

  #serving(): readonly Pod[] {
    return this.#simulation.fleet.pods.filter(
      ({ phase, isReachable }) => isReachable && (phase === 'ready' || phase === 'draining'),
    );
  }

  #find(name: string): Pod | undefined {
    return this.#serving().find((pod) => this.#nameOf(pod) === name);
  }

  #nameOf(pod: Pod): string {
    return podName(this.#options.deployment, pod);
  }
}
