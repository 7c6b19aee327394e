import type { Rng } from '../../base/rng.js';
import type { Dollars, Replicas, Seconds } from '../../base/units.js';
import type { EventQueue } from '../event-queue.js';
import { chooseVictim } from './choose-victim.js';
import type { Dispatcher } from './dispatcher.js';
import { Kubelet, type KubeletOptions } from './kubelet.js';
import { isActive, type Pod, type PodPhase } from './pod.js';
import { choosePool, type Pool } from './pool.js';
import { planRollout, type RolloutStrategy, rolloutLimits, shareScale } from './rollout.js';

export interface FleetOptions extends KubeletOptions {
  readonly pools: readonly [Pool, ...Pool[]];
  /** Called with every change of spec.replicas. */
  readonly onScale: (change: Replicas) => void;
}

/**
 * One Deployment: as many pods as spec.replicas says, created and removed in the ReplicaSet's order, replaced when they are
 * lost, and exchanged by rolling updates.
 */
export class Fleet {
  readonly kubelet: Kubelet;
  readonly #options: FleetOptions;
  #spec: Replicas = 0;
  #revision = 0;
  #rollout: RolloutStrategy | undefined;
  #isReconciling = false;

  constructor(options: FleetOptions, dispatcher: Dispatcher, timers: EventQueue, rng: Rng) {
    this.#options = options;
    this.kubelet = new Kubelet(options, dispatcher, timers, rng, (now) => this.#reconcile(now));
  }

  /** Every pod that exists, by ordinal. */
  get pods(): readonly Pod[] {
    return this.kubelet.pods;
  }

  get spec(): Replicas {
    return this.#spec;
  }

  /** Pods that are not terminating: status.replicas. */
  get statusReplicas(): Replicas {
    return this.pods.filter(isActive).length;
  }

  /** Pods of an old template are still there. */
  get isRollingOut(): boolean {
    return this.#rollout !== undefined;
  }

  count(phase: PodPhase): Replicas {
    let count = 0;
    for (const pod of this.pods) if (pod.phase === phase) count++;
    return count;
  }

  /** The fleet as it stands when a run begins. */
  startWarm(replicas: Replicas): void {
    this.#spec = replicas;
    this.#isReconciling = true;
    for (let i = 0; i < replicas; i++) this.kubelet.createWarm(this.#nextPool());
    this.#isReconciling = false;
  }

  get readyReplicas(): Replicas {
    return this.count('ready');
  }

  scaleTo(replicas: Replicas, now: Seconds): void {
    const before = this.#spec;
    if (replicas !== before) this.#options.onScale(replicas - before);
    this.#spec = replicas;
    if (this.#hasOldPods()) this.#scaleRollout(before, now);
    this.#reconcile(now);
  }

  /** Replaces every pod by one of a new template, within the limits of a rolling update. */
  rollOut(strategy: RolloutStrategy, now: Seconds): void {
    this.#revision++;
    this.#rollout = strategy;
    this.#reconcile(now);
  }

  /** Brings every engine up to `now` and takes leave of drained pods. */
  settle(now: Seconds): void {
    for (const pod of [...this.pods]) this.kubelet.catchUp(pod, now);
  }

  catchUp(pod: Pod, now: Seconds): void {
    this.kubelet.catchUp(pod, now);
  }

  /** Seconds that pods have existed from 0 on, up to `now`, over all pods. Settle first. */
  podSeconds(now: Seconds): Seconds {
    return this.kubelet.podSeconds(now);
  }

  /** What those seconds cost. Settle first. */
  dollars(now: Seconds): Dollars {
    return this.kubelet.dollars(now);
  }

  /** Called for every change; one that comes while another is being answered is seen by that one's loop. */
  #reconcile(now: Seconds): void {
    if (this.#isReconciling) return;
    this.#isReconciling = true;
    while (this.#hasOldPods() && this.#stepRollout(now));
    if (!this.#hasOldPods()) {
      this.#rollout = undefined;
      this.#matchSpec(now);
    }
    this.#isReconciling = false;
  }

  #matchSpec(now: Seconds): void {
    for (let missing = this.#spec - this.statusReplicas; missing > 0; missing = this.#spec - this.statusReplicas)
      for (let i = 0; i < missing; i++) this.kubelet.create(this.#nextPool(), this.#revision, now);
    this.#removeSome(this.statusReplicas - this.#spec, () => true, now);
  }

  #hasOldPods(): boolean {
    return this.#rollout !== undefined && this.pods.some((pod) => isActive(pod) && this.#isOld(pod));
  }

  #isOld({ revision }: Pod): boolean {
    return revision < this.#revision;
  }

  /** False when there is nothing to do for the time being. */
  #stepRollout(now: Seconds): boolean {
    if (!this.#rollout) return false;
    const count = (isOld: boolean, phase: PodPhase): Replicas =>
      this.pods.filter((pod) => this.#isOld(pod) === isOld && pod.phase === phase).length;
    const step = planRollout({
      spec: this.#spec,
      ...rolloutLimits(this.#spec, this.#rollout),
      oldReady: count(true, 'ready'),
      oldStarting: count(true, 'starting'),
      newReady: count(false, 'ready'),
      newStarting: count(false, 'starting'),
    });
    this.#removeSome(step.removeNew, (pod) => !this.#isOld(pod), now);
    this.#removeSome(step.removeOldStarting, (pod) => this.#isOld(pod) && pod.phase === 'starting', now);
    this.#removeSome(step.removeOldReady, (pod) => this.#isOld(pod) && pod.phase === 'ready', now);
    for (let i = 0; i < step.create; i++) this.kubelet.create(this.#nextPool(), this.#revision, now);
    return Object.values(step).some((change) => change > 0);
  }

  #scaleRollout(before: Replicas, now: Seconds): void {
    if (!this.#rollout || this.#spec === before) return;
    const limits = rolloutLimits(this.#spec, this.#rollout);
    const mostBefore = before + rolloutLimits(before, this.#rollout).maxSurge;
    const active = this.pods.filter(isActive);
    const oldPods = active.filter((pod) => this.#isOld(pod)).length;
    const newPods = active.length - oldPods;
    const sizes = shareScale({ oldPods, newPods }, { spec: this.#spec, maxSurge: limits.maxSurge, mostBefore });
    this.#isReconciling = true;
    this.#removeSome(oldPods - sizes.oldPods, (pod) => this.#isOld(pod), now);
    this.#removeSome(newPods - sizes.newPods, (pod) => !this.#isOld(pod), now);
    for (let i = oldPods; i < sizes.oldPods; i++) this.kubelet.create(this.#nextPool(), this.#revision - 1, now);
    for (let i = newPods; i < sizes.newPods; i++) this.kubelet.create(this.#nextPool(), this.#revision, now);
    this.#isReconciling = false;
  }

  #removeSome(count: Replicas, isCandidate: (pod: Pod) => boolean, now: Seconds): void {
    for (let left = count; left > 0; left--) {
      const victim = chooseVictim(this.pods, isCandidate);
      if (victim) this.kubelet.delete(victim, now);
    }
  }

  #nextPool(): Pool {
    const counts = new Map<Pool, Replicas>();
    for (const pod of this.pods) if (pod.pool && isActive(pod)) counts.set(pod.pool, (counts.get(pod.pool) ?? 0) + 1);
    return choosePool(this.#options.pools, counts);
  }
}
