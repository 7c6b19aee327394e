import { exponential } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { Dollars, Ratio, Seconds } from '../../base/units.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import { createBlackHole } from '../replica/black-hole.js';
import { inPhases } from './cold-start.js';
import type { Dispatcher } from './dispatcher.js';
import type { NodePoolOptions } from './node.js';
import { createPod, type Pod } from './pod.js';
import type { Pool } from './pool.js';
import { type StartListener, Starts } from './starts.js';

/**
 * What becomes of the requests of a pod that is deleted: `immediate` drops them, `wait` lets them end within the grace period,
 * `redirect` also gives those that have not begun back to the router.
 */
export const DRAIN_MODES = ['immediate', 'wait', 'redirect'] as const;
export type DrainMode = (typeof DRAIN_MODES)[number];

export interface KubeletOptions {
  /** Absent: there is room for every pod. */
  readonly nodePools?: readonly NodePoolOptions[];
  readonly drainMode: DrainMode;
  /** Seconds that a deleted pod may take to finish what it serves; what is left then is lost. */
  readonly drainGrace: Seconds;
  /** Mean time between failures of a container that serves; absent: it has none of its own. */
  readonly podMtbf?: Seconds;
  /** Called when a pod becomes ready for the first time. */
  readonly onReady: (pod: Pod) => void;
}

/**
 * The life of pods: start, readiness, crash and restart in place, draining, end, and what they cost. How many there should be is
 * the fleet's business, which `onChange` tells of every change of a pod's readiness or existence.
 */
export class Kubelet implements StartListener {
  /** Every pod that exists, by ordinal. */
  readonly pods: Pod[] = [];
  readonly starts: Starts;
  readonly #options: KubeletOptions;
  readonly #dispatcher: Dispatcher;
  readonly #timers: EventQueue;
  readonly #rng: Rng;
  readonly #onChange: (now: Seconds) => void;
  #ordinals = 0;
  #goneSeconds: Seconds = 0;
  #goneDollars: Dollars = 0;

  constructor(
    options: KubeletOptions,
    dispatcher: Dispatcher,
    timers: EventQueue,
    rng: Rng,
    onChange: (now: Seconds) => void,
  ) {
    this.#options = options;
    this.#dispatcher = dispatcher;
    this.#timers = timers;
    this.#rng = rng;
    this.#onChange = onChange;
    this.starts = new Starts(options.nodePools, timers, rng, this);
  }

  create(pool: Pool, revision: number, now: Seconds): void {
    const pod = createPod(this.#ordinals++, now, Number.POSITIVE_INFINITY, pool, revision);
    this.pods.push(pod);
    this.starts.begin(pod, now);
  }

  /** A pod that is ready at time 0, created a cold start ago; where no node has room it starts like a new one. */
  createWarm(pool: Pool): void {
    const ordinal = this.#ordinals++;
    const warm = createPod(ordinal, -this.starts.drawTotal(pool, ordinal), Number.POSITIVE_INFINITY, pool);
    const isBound = this.starts.scheduler.bind(warm);
    const pod = isBound ? warm : createPod(ordinal, 0, Number.POSITIVE_INFINITY, pool);
    this.pods.push(pod);
    if (!isBound) {
      this.starts.begin(pod, 0);
      return;
    }
    this.starts.fillCache(pod);
    pod.startPhase = undefined;
    this.onStarted(pod, 0);
  }

  /** A pod's container ends with all its requests and is restarted in place, after the back-off that is due. */
  crash(pod: Pod, now: Seconds, reason: 'Error' | 'OOMKilled' = 'Error'): void {
    if (!pod.isReachable || !this.#stop(pod, now)) return;
    pod.restarts++;
    pod.lastTerminated = reason;
    const wait = pod.crashLoop.next(now);
    pod.waitingReason = wait > 0 ? 'CrashLoopBackOff' : undefined;
    this.starts.restart(pod, wait, now);
    this.#onChange(now);
  }

  /** The pod's node is gone and nobody has noticed: it still gets requests, and they get no answer. */
  cutOff(pod: Pod, now: Seconds): void {
    this.catchUp(pod, now);
    pod.isReachable = false;
    if (!pod.replica) return;
    pod.replica = createBlackHole(pod.replica, pod.replica.evict(now));
    pod.nextAt = Number.POSITIVE_INFINITY;
  }

  /** The loss of its node is noticed: its requests are lost, and it counts as not ready until somebody deletes it. */
  disconnect(pod: Pod, now: Seconds): void {
    if (!this.#stop(pod, now)) return;
    pod.startPhase = 'node';
    pod.waitingReason = 'NodeLost';
    this.#onChange(now);
  }

  /** The pod is gone at once, with all its requests. */
  kill(pod: Pod, now: Seconds): void {
    this.catchUp(pod, now);
    if (pod.phase !== 'gone') this.#remove(pod, now);
  }

  /** The pod is deleted: it takes no new requests, and has `grace` seconds for the old ones. */
  delete(pod: Pod, now: Seconds, grace = this.#options.drainGrace): void {
    this.catchUp(pod, now);
    if (pod.phase === 'starting') this.#remove(pod, now);
    if (pod.phase !== 'ready') return;
    this.#unroute(pod);
    pod.phase = 'draining';
    pod.turn++;
    pod.lastEndAt = now;
    const { drainMode, drainGrace } = this.#options;
    if (drainMode === 'redirect') this.#dispatcher.redirect(pod, now);
    if (pod.inFlight === 0 || drainMode === 'immediate') {
      this.#remove(pod, now);
      return;
    }
    this.#timers.schedule(now + Math.min(grace, drainGrace), PRIORITY.pod, (at) => this.kill(pod, at));
    this.#watchDrain(pod, now);
    this.#onChange(now);
  }

  /** The pod's engine steps take `factor` times as long, until `recover` is called with the same factor. */
  slow(pod: Pod, factor: Ratio, now: Seconds): void {
    pod.slowdowns.push(factor);
    this.setSpeed(pod, now);
  }

  recover(pod: Pod, factor: Ratio, now: Seconds): void {
    const index = pod.slowdowns.indexOf(factor);
    if (index >= 0) pod.slowdowns.splice(index, 1);
    this.setSpeed(pod, now);
  }

  /** Tells the pod's engine how fast it is now: its own troubles, those of its node, and whether it is warm. */
  setSpeed(pod: Pod, now: Seconds): void {
    if (!pod.replica) return;
    const { servesCold } = inPhases((pod.pool as Pool).coldStart);
    const cold = pod.startPhase === 'warmup' && servesCold ? servesCold.slowdown : 1;
    const factor = [...pod.slowdowns, ...(pod.node?.slowdowns ?? [])].reduce((product, one) => product * one, cold);
    this.#dispatcher.advance(pod, now);
    pod.replica.setSpeedFactor?.(factor, now);
    pod.nextAt = pod.replica.nextEventAt;
  }

  /** Brings one engine up to `now`; a draining pod that has run empty is gone from then on. */
  catchUp(pod: Pod, now: Seconds): void {
    if (pod.nextAt <= now) this.#dispatcher.advance(pod, now);
    if (pod.phase === 'draining' && pod.inFlight === 0) this.#remove(pod, now, Math.min(now, pod.lastEndAt));
  }

  /** Seconds that pods have existed from 0 on, up to `now`, over all pods. */
  podSeconds(now: Seconds): Seconds {
    return this.pods.reduce((sum, pod) => sum + lifetime(pod, now), this.#goneSeconds);
  }

  /** What those seconds cost, each pod at the price of its pool and node. */
  dollars(now: Seconds): Dollars {
    return this.pods.reduce((sum, pod) => sum + priceOf(pod) * lifetime(pod, now), this.#goneDollars);
  }

  onStarted(pod: Pod, now: Seconds): void {
    const isFirst = pod.readyAt === Number.POSITIVE_INFINITY;
    pod.phase = 'ready';
    pod.readyAt = now;
    pod.replica = (pod.pool as Pool).createReplica(this.#dispatcher);
    pod.replica.advance(now);
    this.setSpeed(pod, now);
    this.#dispatcher.ready.push(pod);
    if (isFirst) this.#options.onReady(pod);
    this.#dispatcher.release(now);
    this.#armFailures(pod, now);
    this.#onChange(now);
  }

  onWarm(pod: Pod, now: Seconds): void {
    this.setSpeed(pod, now);
  }

  onFailed(pod: Pod, now: Seconds): void {
    this.crash(pod, now);
  }

  #armFailures(pod: Pod, now: Seconds): void {
    const { restarts, oom } = pod;
    const arm = (delay: Seconds, reason: 'Error' | 'OOMKilled'): void =>
      this.#timers.schedule(now + delay, PRIORITY.fault, (at) => {
        if (pod.phase === 'ready' && pod.restarts === restarts) this.crash(pod, at, reason);
      });
    if (oom && now + oom.after < oom.until) arm(oom.after, 'OOMKilled');
    const { podMtbf } = this.#options;
    if (podMtbf !== undefined)
      arm(exponential(this.#rng.stream(`pod/${pod.ordinal}/failure/${restarts}`), podMtbf), 'Error');
  }

  /** Follows the engine of a draining pod from event to event, so that its GPUs are free as soon as it is empty. */
  #watchDrain(pod: Pod, now: Seconds): void {
    if (pod.phase !== 'draining' || pod.nextAt <= now || pod.nextAt === Number.POSITIVE_INFINITY) return;
    this.#timers.schedule(pod.nextAt, PRIORITY.pod, (at) => {
      if (pod.phase !== 'draining') return;
      this.catchUp(pod, at);
      this.#watchDrain(pod, at);
    });
  }

  /** Ends the container of a pod that goes on existing; false where there is none, and a terminating pod ends as a whole. */
  #stop(pod: Pod, now: Seconds): boolean {
    this.catchUp(pod, now);
    if (pod.phase === 'draining') this.#remove(pod, now);
    if (pod.phase === 'gone' || pod.waitingReason === 'NodeLost') return false;
    this.#unroute(pod);
    pod.phase = 'starting';
    pod.turn++;
    this.#dispatcher.lose(pod, now);
    pod.replica = undefined;
    return true;
  }

  /** `at`: when it went, where that is noticed later. */
  #remove(pod: Pod, now: Seconds, at = now): void {
    this.#unroute(pod);
    pod.turn++;
    pod.phase = 'gone';
    pod.goneAt = at;
    this.#dispatcher.lose(pod, at);
    this.#goneSeconds += lifetime(pod, at);
    this.#goneDollars += priceOf(pod) * lifetime(pod, at);
    this.pods.splice(this.pods.indexOf(pod), 1);
    this.starts.scheduler.withdraw(pod, now);
    this.#onChange(now);
  }

  #unroute(pod: Pod): void {
    const index = this.#dispatcher.ready.indexOf(pod);
    if (index >= 0) this.#dispatcher.ready.splice(index, 1);
  }
}

function lifetime({ createdAt }: Pod, now: Seconds): Seconds {
  return now - Math.max(0, createdAt);
}

/** Dollars a second. */
function priceOf({ pool, node }: Pod): Dollars {
  return ((pool?.pricePerHour ?? 0) * (node?.pool.priceFactor ?? 1)) / 3600;
}
