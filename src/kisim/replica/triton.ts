import type { Ratio, Requests, Seconds } from '../../base/units.js';
import type { BatchLaw, TritonProfile } from '../../decision/serving-profile.js';
import { TRITON_SUMMARY } from '../../engines/triton.js';
import { countCompletion, countFirstToken, createBatchingCounters, createCounters } from './counters.js';
import { type Batch, type BatchedRequest, type BatcherOptions, DynamicBatcher } from './dynamic-batcher.js';
import type { Replica, ReplicaListener } from './replica.js';
import type { BatchingCounters, ReplicaCounters } from './request.js';

export interface TritonOptions extends BatcherOptions {
  readonly law: BatchLaw;
  /** Upper bounds of the latency histogram, ascending, without +Inf. */
  readonly e2eBounds: readonly Seconds[];
  /** Multiplies every execution's time; above 1 is a slow pod. */
  readonly speedFactor?: Ratio;
}

export function tritonOptionsFromProfile(profile: TritonProfile, e2eBounds: readonly Seconds[]): TritonOptions {
  const { law, maxBatchSize, preferredBatchSizes, maxQueueDelay, instances, maxQueueSize } = profile;
  return {
    ...{ law, maxBatchSize, preferredBatchSizes, maxQueueDelay, instances, e2eBounds },
    ...(maxQueueSize === undefined ? {} : { maxQueueSize }),
  };
}

interface Execution {
  readonly batch: Batch;
  readonly startedAt: Seconds;
  readonly endAt: Seconds;
}

/** A Triton server with one model: every instance executes one batch at a time; answers come when the whole batch is done. */
export function createTritonReplica(options: TritonOptions, listener: ReplicaListener): Replica {
  return new TritonReplica(options, listener);
}

/**
 * The server around `DynamicBatcher`. A request has no first token before its answer, so its time to first token is its latency.
 * A client that goes away changes nothing for the server: Triton 2.51 does not notice it over HTTP, executes the request and
 * counts a success. Refusals by the queue cap are in none of its counters (both observed on a real 2.51.0).
 */
class TritonReplica implements Replica {
  readonly counters: ReplicaCounters & { readonly batching: BatchingCounters };
  readonly kvUsage: Ratio = 0;
  readonly #options: TritonOptions;
  readonly #listener: ReplicaListener;
  readonly #batcher: DynamicBatcher;
  readonly #inside = new Map<number, BatchedRequest>();
  #executions: Execution[] = [];
  #running: Requests = 0;

  constructor(options: TritonOptions, listener: ReplicaListener) {
    this.#options = options;
    this.#listener = listener;
    this.#batcher = new DynamicBatcher(options, (batch, now) => this.#execute(batch, now));
    this.counters = {
      ...createCounters(options.e2eBounds.length, options.e2eBounds.length),
      batching: createBatchingCounters(TRITON_SUMMARY),
    };
  }

  get waiting(): Requests {
    return this.#batcher.waiting;
  }

  get running(): Requests {
    return this.#running;
  }

  get nextEventAt(): Seconds {
    return Math.min(this.#batcher.wakeAt, this.#nextEnd()?.endAt ?? Number.POSITIVE_INFINITY);
  }

  submit(request: number, now: Seconds): boolean {
    this.#runUntil(now);
    const entry = { request, arrival: now, isAbandoned: false };
    if (!this.#batcher.enqueue(entry, now)) return false;
    this.#inside.set(request, entry);
    return true;
  }

  abort(request: number, now: Seconds): boolean {
    this.advance(now);
    const entry = this.#inside.get(request);
    if (!entry) return false;
    entry.isAbandoned = true;
    this.#inside.delete(request);
    return true;
  }

  evict(now: Seconds): readonly number[] {
    this.advance(now);
    const requests = [...this.#inside.keys()];
    this.#inside.clear();
    this.#batcher.clear();
    this.#executions = [];
    this.#running = 0;
    return requests;
  }

  advance(until: Seconds): void {
    this.#runUntil(until);
    if (this.#batcher.wakeAt <= until) this.#batcher.run(until);
  }

  /** Finishes what ends at or before `until`, but lets the batcher look no later than before: others may arrive at that instant. */
  #runUntil(until: Seconds): void {
    for (;;) {
      const ending = this.#nextEnd();
      const { wakeAt } = this.#batcher;
      if (ending && ending.endAt <= until && ending.endAt <= wakeAt) this.#finish(ending);
      else if (wakeAt < until) this.#batcher.run(wakeAt);
      else return;
    }
  }

  #nextEnd(): Execution | undefined {
    let next: Execution | undefined;
    for (const execution of this.#executions) if (!next || execution.endAt < next.endAt) next = execution;
    return next;
  }

  #execute(batch: Batch, now: Seconds): void {
    const { law, speedFactor = 1 } = this.#options;
    const size = batch.requests.length;
    this.#executions.push({ batch, startedAt: now, endAt: now + (law.base + law.perRequest * size) * speedFactor });
    this.#running += size;
    const { batching } = this.counters;
    batching.peakRunning = Math.max(batching.peakRunning, this.#running);
  }

  #finish(execution: Execution): void {
    const { batch, startedAt, endAt } = execution;
    this.#executions.splice(this.#executions.indexOf(execution), 1);
    this.#running -= batch.requests.length;
    this.counters.batching.executions++;
    this.counters.busySeconds += (endAt - startedAt) / this.#options.instances;
    for (const entry of batch.requests) this.#answer(entry, startedAt, endAt);
    this.#batcher.release(endAt);
  }

  #answer(entry: BatchedRequest, startedAt: Seconds, at: Seconds): void {
    const { counters } = this;
    const latency = at - entry.arrival;
    countFirstToken(counters, this.#options.e2eBounds, latency);
    countCompletion(counters, this.#options.e2eBounds, latency);
    counters.batching.queueSum += startedAt - entry.arrival;
    counters.batching.recentLatency.add(latency, at);
    counters.batching.recentQueue.add(startedAt - entry.arrival, at);
    counters.batching.recentCompute.add(at - startedAt, at);
    if (entry.isAbandoned) return;
    this.#inside.delete(entry.request);
    this.#listener.onFirstToken(entry.request, at);
    this.#listener.onFinished(entry.request, at, 'completed', startedAt, 0);
  }
}
