import type { Ratio, Requests, Seconds } from '../../base/units.js';

/** How requests become batches. */
export interface BatcherOptions {
  readonly maxBatchSize: Requests;
  /** Sizes at which a batch is sent without waiting; empty: the largest, as Triton completes such a configuration. */
  readonly preferredBatchSizes: readonly Requests[];
  /** Seconds that the oldest request may wait for a preferred size; 0: not at all. */
  readonly maxQueueDelay: Seconds;
  readonly instances: number;
  /** Requests that may wait in the queue; one more is refused. Absent: no limit. */
  readonly maxQueueSize?: Requests;
  /**
   * Share of completions at which the batcher's thread is ahead of the instance's (rule 4); absent: none. A real server whose
   * threads get a processor at once has none, one on two overloaded cores up to a half.
   */
  readonly earlyWakes?: Ratio;
}

/** A request on its way through the batcher. */
export interface BatchedRequest {
  readonly request: number;
  readonly arrival: Seconds;
  /** Its client is gone: it is executed all the same, and nobody is told. */
  isAbandoned: boolean;
}

/** What one execution takes (Triton's payload): open to more requests until an instance takes it, or until it is saturated. */
export interface Batch {
  readonly requests: BatchedRequest[];
  isTaken: boolean;
}

/** The batcher's thread looks again after this long even if nobody wakes it. */
const IDLE_WAIT: Seconds = 0.5;
/** Batches that may stand ready for each instance. */
const READY_PER_INSTANCE = 2;
/** Steps of this size fill [0, 1) evenly: a share without chance. */
const GOLDEN_RATIO = 0.6180339887498949;

/**
 * Triton's dynamic batcher in virtual time, with requests of batch size 1, one priority and no timeouts. The rule:
 *
 * 1. One batch is open at a time. It is handed to the instances as soon as it has its first requests, and while all of them are
 *    busy it keeps growing where it stands. It closes when an instance takes it, or when it is saturated: it has reached the
 *    largest preferred size, or, without a queue delay, any preferred size.
 * 2. At most two batches per instance stand ready; with that many the queue is left alone until one is taken.
 * 3. All that waits (up to the maximum) is looked at together. The largest preferred size within reach is sent at once. Without
 *    one, all of it is sent when there is no queue delay, when the oldest has waited as long as the delay, or when the open batch
 *    stands ready and is not of a preferred size; else the batcher sleeps until the oldest has waited that long.
 * 4. An arrival wakes the batcher only if there is a slot (2) and the open batch is taken or saturated, or as many wait as were
 *    missing to the next preferred size when it last looked. So a batch that stands ready is not always joined by later ones: the
 *    reason why the truth lies between a batcher that waits for an idle instance and one that always forms batches ahead.
 *    Taking a batch wakes it too, and so does a completion just before: a race of threads, which the instance wins and leaves with
 *    what stood there, unless processors are short (`earlyWakes`). Otherwise the batcher looks every half second.
 * 5. With a queue delay, an instance that takes a batch also takes those behind it that are older than the delay and fit.
 * 6. With a queue cap nothing is formed ahead: batches are made only while an instance is idle.
 *
 * Threads take no time here (tens of microseconds in a server). Constant work per request.
 * Source: triton-inference-server/core, dynamic_batch_scheduler.cc (BatcherThread, Enqueue, GetDynamicBatch), rate_limiter.cc
 * (PayloadSlotAvailable), instance_queue.cc (Dequeue), scheduler_utils.cc (support_prefetching), BSD-3-Clause; checked against
 * the sizes of a real 2.51.0 server's executions.
 */
export class DynamicBatcher {
  readonly #options: BatcherOptions;
  /** Called when an instance takes a batch. */
  readonly #onTaken: (batch: Batch, now: Seconds) => void;
  readonly #preferred: readonly Requests[];
  readonly #largestPreferred: Requests;
  readonly #isFormedAhead: boolean;
  #queue: BatchedRequest[] = [];
  #head = 0;
  #ready: Batch[] = [];
  #open: Batch = createBatch();
  #isReady = false;
  #isSaturated = false;
  #awaited = 0;
  #idle: number;
  #wakeAt: Seconds = 0;
  #race = 0;

  constructor(options: BatcherOptions, onTaken: (batch: Batch, now: Seconds) => void) {
    const { preferredBatchSizes, maxBatchSize, instances, maxQueueSize } = options;
    this.#options = options;
    this.#onTaken = onTaken;
    this.#preferred = [...(preferredBatchSizes.length > 0 ? preferredBatchSizes : [maxBatchSize])].sort(
      (a, b) => a - b,
    );
    this.#largestPreferred = this.#preferred.at(-1) ?? maxBatchSize;
    this.#isFormedAhead = maxQueueSize === undefined;
    this.#idle = instances;
  }

  /** Requests that no instance has taken yet. */
  get waiting(): Requests {
    let waiting = this.#queued;
    for (const { requests } of this.#ready) waiting += requests.length;
    return waiting;
  }

  /** When the batcher looks next; Infinity while nothing waits or somebody has to wake it. */
  get wakeAt(): Seconds {
    return this.#queued === 0 ? Number.POSITIVE_INFINITY : this.#wakeAt;
  }

  /** False when the queue is full. */
  enqueue(request: BatchedRequest, now: Seconds): boolean {
    const { maxQueueSize = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#queued >= maxQueueSize) return false;
    this.#queue.push(request);
    // Meanwhile it has looked at an empty queue every now and then.
    if (this.#wakeAt < now) this.#wakeAt += IDLE_WAIT * Math.ceil((now - this.#wakeAt) / IDLE_WAIT);
    const isExpected = this.#isSaturated || this.#open.isTaken || this.#queued >= this.#awaited;
    if (isExpected && this.#hasSlot) this.#wake(now);
    return true;
  }

  /** An instance has finished and takes what stands ready. */
  release(now: Seconds): void {
    const { earlyWakes = 0 } = this.#options;
    this.#race = (this.#race + GOLDEN_RATIO) % 1;
    if (this.#race < earlyWakes && this.#queued > 0) this.run(now);
    this.#idle++;
    this.#takeReady(now);
    this.#wake(now);
  }

  /** What the batcher's thread does once it is awake, until it sleeps again. */
  run(now: Seconds): void {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (;;) {
      if (this.#isSaturated || this.#open.isTaken) this.#openNext();
      if (this.#queued === 0) {
        this.#wakeAt = now + IDLE_WAIT;
        return;
      }
      if (!this.#hasSlot) return;
      const count = this.#choose(now);
      if (count > 0) this.#send(count, now);
      else if (!this.#isSaturated) return;
    }
  }

  /** Forgets everything; returns what was waiting. */
  clear(): readonly BatchedRequest[] {
    const waiting = [...this.#ready.flatMap(({ requests }) => requests), ...this.#queue.slice(this.#head)];
    this.#queue = [];
    this.#head = 0;
    this.#ready = [];
    this.#openNext();
    this.#idle = this.#options.instances;
    this.#wakeAt = 0;
    return waiting;
  }

  get #queued(): Requests {
    return this.#queue.length - this.#head;
  }

  get #hasSlot(): boolean {
    if (!this.#isFormedAhead) return this.#idle > 0;
    return this.#ready.length < READY_PER_INSTANCE * this.#options.instances;
  }

  #wake(now: Seconds): void {
    if (now < this.#wakeAt) this.#wakeAt = now;
  }

  #openNext(): void {
    this.#open = createBatch();
    this.#isReady = false;
    this.#isSaturated = false;
    this.#awaited = 0;
  }

  /** How many waiting requests go into the open batch now; 0: none, and `wakeAt` says when to look again. */
  #choose(now: Seconds): Requests {
    const { maxBatchSize, maxQueueDelay } = this.#options;
    const size = this.#open.requests.length;
    const room = maxBatchSize - size;
    const pending = Math.min(this.#queued, room);
    const preferred = this.#preferredWithin(size, size + pending) - size;
    const dueAt = (this.#queue[this.#head] as BatchedRequest).arrival + maxQueueDelay;
    const isDue = maxQueueDelay > 0 && now >= dueAt;
    if (preferred > 0 && !isDue) {
      if (maxQueueDelay === 0) this.#isSaturated = true;
      return preferred;
    }
    if (size >= this.#largestPreferred && !isDue) {
      // It reached the largest size before the delay was over and was not closed then; one more closes it.
      this.#isSaturated = true;
      return Math.min(1, pending);
    }
    if (this.#queued > room || size + pending >= this.#largestPreferred) this.#isSaturated = true;
    if (this.#isSaturated || isDue || maxQueueDelay === 0) return pending;
    this.#awaited = this.#preferredAbove(size + pending) - size;
    if (size > 0 && !this.#preferred.includes(size)) return pending;
    this.#wakeAt = dueAt;
    return 0;
  }

  /** The largest preferred size in (from, to]; `from` when there is none. */
  #preferredWithin(from: Requests, to: Requests): Requests {
    let best = from;
    for (const size of this.#preferred) if (size > from && size <= to) best = size;
    return best;
  }

  #preferredAbove(size: Requests): Requests {
    return this.#preferred.find((preferred) => preferred > size) ?? this.#largestPreferred;
  }

  #send(count: Requests, now: Seconds): void {
    for (let i = 0; i < count; i++) this.#open.requests.push(this.#queue[this.#head++] as BatchedRequest);
    if (this.#head > 64 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    if (this.#isReady) return;
    this.#isReady = true;
    this.#ready.push(this.#open);
    this.#takeReady(now);
  }

  #takeReady(now: Seconds): void {
    while (this.#idle > 0) {
      const batch = this.#ready.shift();
      if (!batch) return;
      batch.isTaken = true;
      this.#merge(batch, now);
      this.#idle--;
      this.#onTaken(batch, now);
    }
  }

  #merge(batch: Batch, now: Seconds): void {
    const { maxBatchSize, maxQueueDelay } = this.#options;
    if (maxQueueDelay === 0) return;
    for (;;) {
      const next = this.#ready[0];
      const oldest = next?.requests[0];
      if (!next || !oldest || now <= oldest.arrival + maxQueueDelay) return;
      // Even one that does not fit is closed by the attempt.
      next.isTaken = true;
      if (batch.requests.length + next.requests.length > maxBatchSize) return;
      batch.requests.push(...next.requests);
      this.#ready.shift();
    }
  }
}

function createBatch(): Batch {
  return { requests: [], isTaken: false };
}
