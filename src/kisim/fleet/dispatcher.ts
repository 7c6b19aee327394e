import type { Requests, Seconds } from '../../base/units.js';
import type { Slo } from '../../decision/workload.js';
import { type EventQueue, type EventSource, PRIORITY } from '../event-queue.js';
import type { ReplicaListener } from '../replica/replica.js';
import type { Outcome, RequestSpec } from '../replica/request.js';
import { Deadlines } from './deadlines.js';
import { Ledger } from './ledger.js';
import type { Pod } from './pod.js';
import { MISSED, RequestTable } from './request-table.js';
import type { Retries, RetryCause } from './retries.js';
import type { Router } from './routers/router.js';

export interface DispatcherOptions {
  readonly router: Router;
  readonly slo: Slo;
  /** Seconds after which a client gives up an attempt. */
  readonly clientTimeout: Seconds;
  /** Requests that the gateway holds while no replica is ready; one more is rejected. */
  readonly gatewayCapacity: Requests;
  readonly countFrom: Seconds;
  readonly onRequest?: ConstructorParameters<typeof Ledger>[2];
  /** What clients do when an attempt fails, and where their next ones are scheduled; absent: they give up at once. */
  readonly retries?: { readonly policy: Retries; readonly timers: EventQueue };
}

/**
 * The way of a request: routed at arrival to a ready replica, or held at the gateway while there is none; ended by its engine,
 * by the client's patience, by rejection or by the loss of its pod. Every request ends exactly once; a client that tries again
 * makes another attempt of the same request, which has missed its objective by then.
 */
export class Dispatcher implements ReplicaListener {
  readonly requests = new RequestTable();
  readonly ledger: Ledger;
  /** Misses that become certain, and clients that give up. */
  readonly deadlines: readonly [EventSource, EventSource];
  /** Pods that take requests; kept by the fleet. */
  readonly ready: Pod[] = [];
  /** Attempts that reached the gateway since the start. */
  arrivals: Requests = 0;
  readonly #options: DispatcherOptions;
  readonly #objective: Deadlines;
  readonly #patience: Deadlines;
  readonly #isTtft: boolean;
  #gateway: { readonly slot: number; readonly sequence: number }[] = [];
  #held = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#isTtft = options.slo.metric === 'ttft';
    const { requests } = this;
    this.ledger = new Ledger(requests, options.countFrom, options.onRequest);
    const isDecided = (slot: number): boolean =>
      ((requests.flags[slot] as number) & MISSED) !== 0 ||
      (this.#isTtft && !Number.isNaN(requests.firstTokenAt[slot] as number));
    this.#objective = new Deadlines(requests, options.slo.limit, isDecided, (slot, at) =>
      this.#objectivePassed(slot, at),
    );
    this.#patience = new Deadlines(
      requests,
      options.clientTimeout,
      () => false,
      (slot, at) => this.#giveUp(slot, at),
    );
    this.deadlines = [this.#objective, this.#patience];
  }

  /** A request reaches the gateway at its arrival time. */
  accept(request: RequestSpec): void {
    const now = request.arrival;
    const slot = this.requests.add(request, this.ledger.arrive(now));
    this.#options.retries?.policy.onFirstAttempt();
    if (!this.#attempt(slot, now)) return;
    this.#objective.watch(slot, now);
    this.#patience.watch(slot, now);
  }

  /** False when it was rejected at the door. */
  #attempt(slot: number, now: Seconds): boolean {
    this.arrivals++;
    const pods = this.ready;
    for (let i = 0; i < pods.length; i++) {
      const pod = pods[i] as Pod;
      if (pod.nextAt <= now) this.advance(pod, now);
    }
    return this.#place(slot, now);
  }

  /** Lets a pod's engine run up to `now`. */
  advance(pod: Pod, now: Seconds): void {
    if (!pod.replica) return;
    pod.replica.advance(now);
    pod.nextAt = pod.replica.nextEventAt;
  }

  /** A pod has become ready: everything held at the gateway goes to the pods that are. */
  release(now: Seconds): void {
    const held = this.#gateway;
    this.#gateway = [];
    this.#held = 0;
    for (const { slot, sequence } of held) if (this.requests.sequence[slot] === sequence) this.#route(slot, now);
  }

  /** The pod is gone with everything in it. */
  lose(pod: Pod, now: Seconds): void {
    for (const slot of pod.replica?.evict(now) ?? []) this.#fail(slot, now, 'lost');
    pod.inFlight = 0;
    pod.nextAt = Number.POSITIVE_INFINITY;
  }

  /** The run ends: what is still under way stays unfinished. */
  close(now: Seconds): void {
    for (const slot of this.requests.slots()) this.#end(slot, now, 'unfinished');
  }

  onFirstToken(slot: number, at: Seconds): void {
    if (!Number.isNaN(this.requests.firstTokenAt[slot] as number)) return;
    this.requests.firstTokenAt[slot] = at;
    const ttft = at - (this.requests.arrival[slot] as number);
    this.ledger.firstToken(slot, ttft);
    if (this.#isTtft && ttft > this.#options.slo.limit) this.ledger.miss(slot);
  }

  onFinished(slot: number, at: Seconds, outcome: Outcome, scheduledAt: Seconds, preemptions: number): void {
    const e2e = at - (this.requests.arrival[slot] as number);
    if (!this.#isTtft && e2e > this.#options.slo.limit) this.ledger.miss(slot);
    this.#end(slot, at, outcome, scheduledAt, preemptions);
  }

  /** What waits in a pod's engine and has not begun goes back to the router. */
  redirect(pod: Pod, now: Seconds): void {
    const { replica } = pod;
    for (const slot of replica?.waitingRequests?.() ?? []) {
      replica?.abort(slot, now);
      pod.inFlight--;
      this.requests.pod[slot] = undefined;
      this.#place(slot, now);
    }
    if (replica) pod.nextAt = replica.nextEventAt;
  }

  /** To a ready pod, or held at the gateway; false when it was rejected. */
  #place(slot: number, now: Seconds): boolean {
    if (this.ready.length > 0) return this.#route(slot, now);
    if (this.#held >= this.#options.gatewayCapacity) {
      this.#fail(slot, now, 'rejected');
      return false;
    }
    this.#gateway.push({ slot, sequence: this.requests.sequence[slot] as number });
    this.#held++;
    return true;
  }

  #route(slot: number, now: Seconds): boolean {
    const { requests } = this;
    const pod = this.#options.router(this.ready, requests.prefixGroup[slot] as number);
    const isTaken = (pod.replica as NonNullable<Pod['replica']>).submit(
      slot,
      now,
      requests.inputTokens[slot] as number,
      requests.outputTokens[slot] as number,
      requests.prefixGroup[slot] as number,
      requests.prefixTokens[slot] as number,
    );
    if (!isTaken) {
      this.#fail(slot, now, 'rejected');
      return false;
    }
    requests.pod[slot] = pod;
    pod.inFlight++;
    pod.nextAt = pod.replica?.nextEventAt ?? Number.POSITIVE_INFINITY;
    return true;
  }

  #objectivePassed(slot: number, at: Seconds): void {
    if (!this.#catchUp(slot, at)) return;
    if (this.#isTtft && !Number.isNaN(this.requests.firstTokenAt[slot] as number)) return;
    this.ledger.miss(slot);
  }

  #giveUp(slot: number, at: Seconds): void {
    if (!this.#catchUp(slot, at)) return;
    const pod = this.requests.pod[slot];
    if (pod?.replica) {
      pod.replica.abort(slot, at);
      pod.nextAt = pod.replica.nextEventAt;
    } else this.#held--;
    this.#fail(slot, at, 'timed-out');
  }

  /** An attempt has failed: its client tries again later, or this is how the request ends. */
  #fail(slot: number, at: Seconds, outcome: RetryCause): void {
    const { requests } = this;
    const { retries } = this.#options;
    const wait = retries?.policy.next(requests.attempts[slot] as number, outcome);
    if (!retries || wait === undefined) {
      this.#end(slot, at, outcome);
      return;
    }
    this.#leavePod(slot, at);
    this.ledger.miss(slot);
    const sequence = requests.renew(slot);
    retries.timers.schedule(at + wait, PRIORITY.client, (now) => {
      if (requests.sequence[slot] !== sequence) return;
      this.ledger.retry(slot);
      if (this.#attempt(slot, now)) this.#patience.watch(slot, now);
    });
  }

  #leavePod(slot: number, at: Seconds): void {
    const pod = this.requests.pod[slot];
    if (!pod) return;
    pod.inFlight--;
    pod.lastEndAt = at;
  }

  /** Brings the request's engine up to `at`; false when the request has ended meanwhile. */
  #catchUp(slot: number, at: Seconds): boolean {
    const pod = this.requests.pod[slot];
    if (!pod) return true;
    const sequence = this.requests.sequence[slot];
    this.advance(pod, at);
    return this.requests.sequence[slot] === sequence;
  }

  #end(slot: number, at: Seconds, outcome: Outcome, scheduledAt = Number.NaN, preemptions = 0): void {
    this.#leavePod(slot, at);
    this.ledger.end(slot, { outcome, at, scheduledAt, preemptions });
    this.requests.remove(slot);
  }
}
