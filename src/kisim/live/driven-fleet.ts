import type { Clock } from '../../base/clock.js';
import { createRng } from '../../base/rng.js';
import type { Replicas, Requests, Seconds } from '../../base/units.js';
import type { ServingProfile } from '../../decision/serving-profile.js';
import type { Slo } from '../../decision/workload.js';
import { ArrivalSource } from '../arrival-source.js';
import { type EventSource, runUntil } from '../event-queue.js';
import { Dispatcher } from '../fleet/dispatcher.js';
import type { Ledger } from '../fleet/ledger.js';
import { createPod, type Pod } from '../fleet/pod.js';
import { createRouter, type RouterName } from '../fleet/router.js';
import type { Replica, ReplicaListener } from '../replica/replica.js';
import { dcgmFamilies, gpuState } from '../telemetry/dcgm-exposition.js';
import { engineFamilies } from '../telemetry/engine-exposition.js';
import type { MetricFamily } from '../telemetry/exposition.js';
import type { Traffic } from '../traffic/traffic.js';
import { BusyShare } from './busy-share.js';
import type { LiveExposition } from './live-server.js';

export interface DrivenFleetOptions {
  readonly namespace: string;
  readonly modelName: string;
  readonly profile: ServingProfile;
  readonly createReplica: (listener: ReplicaListener) => Replica;
  readonly slo: Slo;
  /** Arrivals in seconds from the creation of the fleet. */
  readonly traffic: Traffic;
  /** Drives the simulated time: its `now` at creation is time 0. */
  readonly clock: Clock;
  readonly router: RouterName;
  readonly clientTimeout: Seconds;
  /** Requests that the gateway holds while no pod is ready. */
  readonly gatewayCapacity: Requests;
  /** Requests that arrive before it are served and not counted; default 0. */
  readonly countFrom?: Seconds;
  readonly seed: number;
}

/**
 * Simulated engines in pods that somebody else makes: a real cluster, or a test. It knows nothing of Deployments and cold
 * starts; a pod begins to serve when it is said to be ready, takes no new requests when it is being deleted, and takes with it
 * what it still has when it is gone. Every look at it first lets everything happen that is due.
 */
export class DrivenFleet implements LiveExposition {
  readonly namespace: string;
  readonly #options: DrivenFleetOptions;
  readonly #dispatcher: Dispatcher;
  readonly #sources: readonly EventSource[];
  readonly #epoch: Seconds;
  readonly #pods = new Map<string, Pod>();
  readonly #busy = new BusyShare();
  #ordinals = 0;

  constructor(options: DrivenFleetOptions) {
    const { namespace, router, seed, slo, clientTimeout, gatewayCapacity, countFrom = 0, traffic, clock } = options;
    this.namespace = namespace;
    this.#options = options;
    this.#dispatcher = new Dispatcher({
      router: createRouter(router, createRng(seed).stream('router')),
      slo,
      clientTimeout,
      gatewayCapacity,
      countFrom,
    });
    this.#sources = [...this.#dispatcher.deadlines, new ArrivalSource(traffic, this.#dispatcher)];
    this.#epoch = clock.now();
  }

  /** The books: what arrived, how it ended, and what missed. */
  get ledger(): Ledger {
    return this.#dispatcher.ledger;
  }

  /** Pods that take new requests. */
  get readyReplicas(): Replicas {
    return this.#dispatcher.ready.length;
  }

  /** Lets happen what is due; gives the seconds since the fleet's creation. */
  advance(): Seconds {
    const now = this.#options.clock.now() - this.#epoch;
    runUntil(this.#sources, now);
    for (const pod of this.#pods.values()) this.#dispatcher.advance(pod, now);
    return now;
  }

  /** A pod is ready: it has an engine from now on, and gets requests. Nothing new for one that is known. */
  start(name: string): void {
    if (this.#pods.has(name)) return;
    const now = this.advance();
    const pod = createPod(this.#ordinals++, now, now);
    pod.phase = 'ready';
    pod.startPhase = undefined;
    pod.replica = this.#options.createReplica(this.#dispatcher);
    pod.replica.advance(now);
    pod.nextAt = pod.replica.nextEventAt;
    this.#pods.set(name, pod);
    this.#dispatcher.ready.push(pod);
    this.#dispatcher.release(now);
  }

  /** A pod is being deleted: it finishes what it has and gets nothing new. */
  drain(name: string): void {
    this.advance();
    const pod = this.#pods.get(name);
    if (pod?.phase !== 'ready') return;
    pod.phase = 'draining';
    this.#unroute(pod);
  }

  /** Whether a pod has nothing to do any more, or is not known. */
  isEmpty(name: string): boolean {
    this.advance();
    return (this.#pods.get(name)?.inFlight ?? 0) === 0;
  }

  /** A pod is gone; what it still had is lost. */
  remove(name: string): void {
    const now = this.advance();
    const pod = this.#pods.get(name);
    if (!pod) return;
    this.#unroute(pod);
    this.#dispatcher.lose(pod, now);
    pod.phase = 'gone';
    this.#pods.delete(name);
  }

  servingPods(): readonly string[] {
    return [...this.#pods.keys()];
  }

  podFamilies(name: string): readonly MetricFamily[] | undefined {
    const now = this.advance();
    const { modelName, profile } = this.#options;
    const replica = this.#pods.get(name)?.replica;
    return replica && engineFamilies(replica, { modelName, profile, now });
  }

  dcgmFamilies(): readonly MetricFamily[] {
    const now = this.advance();
    const { profile } = this.#options;
    const gpus = [...this.#pods].map(([name, pod]) =>
      gpuState(name, pod.replica, { profile, busyShare: this.#busy.since(pod, now) }),
    );
    return dcgmFamilies(gpus, { profile, namespace: this.namespace });
  }

  #unroute(pod: Pod): void {
    const { ready } = this.#dispatcher;
    const index = ready.indexOf(pod);
    if (index >= 0) ready.splice(index, 1);
  }
}
