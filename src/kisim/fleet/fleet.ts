import type { Rng } from '../../base/rng.js';
import type { Replicas, Seconds } from '../../base/units.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import type { Replica, ReplicaListener } from '../replica/replica.js';
import { type ColdStart, drawColdStart } from './cold-start.js';
import type { Dispatcher } from './dispatcher.js';
import { chooseVictim, createPod, type Pod } from './pod.js';

export interface FleetOptions {
  readonly coldStart: ColdStart;
  /** Seconds that a removed pod may take to finish what it serves; what is left then is lost. */
  readonly drainGrace: Seconds;
  readonly createReplica: (listener: ReplicaListener) => Replica;
  /** Called when a pod has become ready. */
  readonly onReady: (pod: Pod) => void;
  /** Called with every change of spec.replicas. */
  readonly onScale: (change: Replicas) => void;
}

/**
 * The pods of one Deployment: created when spec.replicas rises, ready after a cold start, removed in the ReplicaSet's order and
 * drained when it falls. Pods exist, and are billed, from creation to removal.
 */
export class Fleet {
  /** Every pod that exists, by ordinal. */
  readonly pods: Pod[] = [];
  /** Slower or faster starts from now on. */
  coldStartFactor = 1;
  /** No pod created before this time begins to start (a stock-out of GPUs). */
  startsBlockedUntil: Seconds = 0;
  readonly #options: FleetOptions;
  readonly #dispatcher: Dispatcher;
  readonly #timers: EventQueue;
  readonly #rng: Rng;
  #spec: Replicas = 0;
  #ordinals = 0;
  #goneSeconds: Seconds = 0;

  constructor(options: FleetOptions, dispatcher: Dispatcher, timers: EventQueue, rng: Rng) {
    this.#options = options;
    this.#dispatcher = dispatcher;
    this.#timers = timers;
    this.#rng = rng;
  }

  get spec(): Replicas {
    return this.#spec;
  }

  count(phase: Pod['phase']): Replicas {
    let count = 0;
    for (const pod of this.pods) if (pod.phase === phase) count++;
    return count;
  }

  /** The fleet as it stands when a run begins: all ready, created a cold start ago. */
  startWarm(replicas: Replicas): void {
    this.#spec = replicas;
    for (let i = 0; i < replicas; i++) {
      const ordinal = this.#ordinals++;
      const pod = createPod(ordinal, -drawColdStart(this.#options.coldStart, ordinal, this.#rng), 0);
      this.pods.push(pod);
      this.#becomeReady(pod, 0);
    }
  }

  /** Pods that are not terminating: status.replicas. */
  get statusReplicas(): Replicas {
    return this.count('starting') + this.count('ready');
  }

  scaleTo(replicas: Replicas, now: Seconds): void {
    if (replicas !== this.#spec) this.#options.onScale(replicas - this.#spec);
    this.#spec = replicas;
    this.#reconcile(now);
  }

  #reconcile(now: Seconds): void {
    let excess = this.statusReplicas - this.#spec;
    for (; excess < 0; excess++) this.#create(now);
    for (; excess > 0; excess--) {
      const victim = chooseVictim(this.pods);
      if (victim) this.#drain(victim, now);
    }
  }

  /** A pod fails with all its requests; its ReplicaSet starts another one at once. */
  crash(pod: Pod, now: Seconds): void {
    this.#dispatcher.advance(pod, now);
    this.#remove(pod, now);
    this.#reconcile(now);
  }

  /** Brings every engine up to `now` and takes leave of drained pods. */
  settle(now: Seconds): void {
    for (const pod of [...this.pods]) this.catchUp(pod, now);
  }

  /** Brings one engine up to `now`; a draining pod that has run empty is gone from then on. */
  catchUp(pod: Pod, now: Seconds): void {
    if (pod.nextAt <= now) this.#dispatcher.advance(pod, now);
    if (pod.phase === 'draining' && pod.inFlight === 0) this.#remove(pod, Math.min(now, pod.lastEndAt));
  }

  /** Seconds that pods have existed from `since` on, up to `now`, over all pods. Settle first. */
  podSeconds(now: Seconds): Seconds {
    let sum = this.#goneSeconds;
    for (const pod of this.pods) sum += now - Math.max(0, pod.createdAt);
    return sum;
  }

  #create(now: Seconds): void {
    const ordinal = this.#ordinals++;
    const draw = this.coldStartFactor * drawColdStart(this.#options.coldStart, ordinal, this.#rng);
    const pod = createPod(ordinal, now, Math.max(now, this.startsBlockedUntil) + draw);
    this.pods.push(pod);
    this.#timers.schedule(pod.readyAt, PRIORITY.pod, (at) => {
      if (pod.phase === 'starting') this.#becomeReady(pod, at);
    });
  }

  #becomeReady(pod: Pod, now: Seconds): void {
    pod.phase = 'ready';
    pod.replica = this.#options.createReplica(this.#dispatcher);
    pod.replica.advance(now);
    pod.nextAt = pod.replica.nextEventAt;
    this.#dispatcher.ready.push(pod);
    this.#options.onReady(pod);
    this.#dispatcher.release(now);
  }

  #drain(pod: Pod, now: Seconds): void {
    if (pod.phase === 'starting') {
      this.#remove(pod, now);
      return;
    }
    this.catchUp(pod, now);
    this.#unroute(pod);
    pod.phase = 'draining';
    pod.lastEndAt = now;
    if (pod.inFlight === 0) {
      this.#remove(pod, now);
      return;
    }
    this.#timers.schedule(now + this.#options.drainGrace, PRIORITY.pod, (at) => {
      if (pod.phase !== 'draining') return;
      this.catchUp(pod, at);
      if (pod.phase === 'draining') this.#remove(pod, at);
    });
  }

  #remove(pod: Pod, at: Seconds): void {
    this.#unroute(pod);
    this.#dispatcher.lose(pod, at);
    pod.phase = 'gone';
    pod.goneAt = at;
    this.#goneSeconds += at - Math.max(0, pod.createdAt);
    this.pods.splice(this.pods.indexOf(pod), 1);
  }

  #unroute(pod: Pod): void {
    const index = this.#dispatcher.ready.indexOf(pod);
    if (index >= 0) this.#dispatcher.ready.splice(index, 1);
  }
}
