import type { Ratio, Requests, Seconds } from '../../base/units.js';
import { type CompiledLaw, compileLaw, type StepWork } from '../../decision/step-law.js';
import { countInBucket, createCounters } from './counters.js';
import type { EngineOptions } from './engine-options.js';
import { KvPool } from './kv-pool.js';
import type { Replica, ReplicaListener } from './replica.js';
import type { Outcome, ReplicaCounters } from './request.js';
import { createSequence, type Sequence } from './sequence.js';
import { SequenceQueue } from './sequence-queue.js';

/** Every engine step is taken on its own: the reference. */
export function createStepEngine(options: EngineOptions, listener: ReplicaListener): Replica {
  return new Engine(options, listener, false);
}

/** Stretches of pure decoding are taken in one go: events only where something changes. */
export function createFastForwardEngine(options: EngineOptions, listener: ReplicaListener): Replica {
  return new Engine(options, listener, true);
}

/**
 * vLLM v1's scheduler and KV block manager in virtual time (v1/core/sched/scheduler.py, 0.32.0). In every step the running
 * sequences come first, then waiting ones while token budget, slots and blocks allow; prompts are cut into chunks of what the
 * budget leaves. When blocks run out, the last running sequence is preempted: it goes to the head of the queue, is computed
 * again from its first token, and nobody is admitted in that step. Arrivals are seen at step boundaries; an idle engine starts
 * at once.
 *
 * With `skips`, k steps in which all running sequences decode and nobody can come or go are taken at once. They cost
 * k * first + perKvToken * B * k * (k - 1) / 2, where `first` is the first one's time: each step finds B more tokens in the
 * cache than the one before. Both forms follow the same schedule; only rounding differs.
 */
class Engine implements Replica {
  readonly counters: ReplicaCounters;
  readonly #options: EngineOptions;
  readonly #listener: ReplicaListener;
  readonly #skips: boolean;
  readonly #speed: number;
  readonly #kv: KvPool;
  readonly #byRequest = new Map<number, Sequence>();
  readonly #queue = new SequenceQueue();
  #running: Sequence[] = [];
  /** When the next step is to begin, while none is under way; NaN: nothing to do. Steps begin late so that all who arrive then join. */
  #wakeAt: Seconds = Number.NaN;
  /** The step under way: its end (NaN: none), its length, and whether it is nothing but one token for every running sequence. */
  #stepStart: Seconds = 0;
  #stepEnd: Seconds = Number.NaN;
  #stepSeconds: Seconds = 0;
  #isPureDecode = false;
  /** What the step being put together computes. */
  readonly #work: StepWork = { tokens: 0, decodes: 0, sequences: 0, context: 0, pairs: 0 };
  readonly #law: CompiledLaw;

  constructor(options: EngineOptions, listener: ReplicaListener, skips: boolean) {
    this.#options = options;
    this.#listener = listener;
    this.#skips = skips;
    this.#speed = options.speedFactor ?? 1;
    this.#law = compileLaw(options.law, options.maxBatchedTokens);
    this.#kv = new KvPool(options.kvBlocks, options.blockSize);
    this.counters = createCounters(options.ttftBounds.length, options.e2eBounds.length);
  }

  get waiting(): Requests {
    return this.#queue.length;
  }

  get running(): Requests {
    return this.#running.length;
  }

  get kvUsage(): Ratio {
    return this.#kv.usage;
  }

  get nextEventAt(): Seconds {
    if (!Number.isNaN(this.#wakeAt)) return this.#wakeAt;
    if (Number.isNaN(this.#stepEnd)) return Number.POSITIVE_INFINITY;
    if (!this.#canSkip()) return this.#stepEnd;
    const steps = this.#stepsToCompletion();
    return this.#fitsSteps(steps) ? this.#endOfSteps(steps) : this.#stepEnd;
  }

  submit(request: number, now: Seconds, inputTokens: number, outputTokens: number): boolean {
    this.#runUntil(now);
    const prompt = Math.max(1, inputTokens);
    const output = Math.max(1, outputTokens);
    const { queueCap = Number.POSITIVE_INFINITY } = this.#options;
    // A sequence that fills more than the whole cache would wait for ever: vLLM refuses it at the door.
    if (this.#queue.length >= queueCap || !this.#kv.canHold(prompt + output)) return false;
    const sequence = createSequence(request, now, prompt, output);
    this.#byRequest.set(request, sequence);
    this.#queue.push(sequence);
    if (Number.isNaN(this.#stepEnd) && Number.isNaN(this.#wakeAt)) this.#wakeAt = now;
    return true;
  }

  abort(request: number, now: Seconds): boolean {
    this.advance(now);
    const sequence = this.#byRequest.get(request);
    if (!sequence) return false;
    if (sequence.isRunning) {
      this.#running.splice(this.#running.indexOf(sequence), 1);
      // The step under way keeps its length but is no longer the pattern of those that follow.
      this.#isPureDecode = false;
    } else {
      this.#queue.remove(sequence);
    }
    this.#forget(sequence);
    this.counters.finished++;
    this.counters.aborted++;
    return true;
  }

  evict(now: Seconds): readonly number[] {
    this.advance(now);
    const requests = [...this.#byRequest.keys()];
    for (const sequence of this.#byRequest.values()) this.#kv.release(sequence);
    this.#byRequest.clear();
    this.#queue.clear();
    this.#running = [];
    this.#stepEnd = this.#wakeAt = Number.NaN;
    return requests;
  }

  advance(until: Seconds): void {
    this.#runUntil(until);
    if (this.#wakeAt <= until) this.#startStep(this.#wakeAt);
  }

  /** Finishes what ends at or before `until`, but begins no step at `until` itself: others may still arrive at that instant. */
  #runUntil(until: Seconds): void {
    for (;;) {
      if (this.#wakeAt < until) this.#startStep(this.#wakeAt);
      if (!(this.#stepEnd <= until)) return;
      if (this.#canSkip()) this.#skip(until);
      if (this.#stepEnd <= until) this.#finishStep();
    }
  }

  /** Puts together the step that begins at `at`, or falls idle when there is nothing to do. */
  #startStep(at: Seconds): void {
    const { maxBatchedTokens } = this.#options;
    const work = this.#work;
    work.tokens = work.decodes = work.sequences = work.context = work.pairs = 0;
    const isShort = this.#scheduleRunning(maxBatchedTokens);
    if (!isShort) this.#admit(at, maxBatchedTokens - work.tokens);
    this.#stepStart = at;
    this.#stepSeconds = this.#law(work) * this.#speed;
    this.#stepEnd = work.tokens > 0 ? at + this.#stepSeconds : Number.NaN;
    this.#wakeAt = Number.NaN;
    this.#isPureDecode = work.decodes === this.#running.length && work.tokens === work.decodes;
  }

  /** Gives running sequences their tokens, first come first; true when blocks ran out and somebody was preempted. */
  #scheduleRunning(budget: number): boolean {
    let isShort = false;
    for (const sequence of this.#running) sequence.chunk = 0;
    for (let i = 0; i < this.#running.length && this.#work.tokens < budget; i++) {
      const sequence = this.#running[i] as Sequence;
      const chunk = Math.min(sequence.prompt + sequence.generated - sequence.computed, budget - this.#work.tokens);
      while (sequence.isRunning && !this.#kv.grow(sequence, sequence.computed + chunk)) {
        this.#preempt(this.#running.pop() as Sequence);
        isShort = true;
      }
      if (sequence.isRunning) this.#schedule(sequence, chunk);
    }
    return isShort;
  }

  /** Takes waiting sequences in; each only if all of it would fit, though only the chunk's blocks are taken. */
  #admit(at: Seconds, budget: number): void {
    let left = budget;
    while (left > 0 && this.#running.length < this.#options.maxNumSeqs) {
      const sequence = this.#queue.first;
      const total = sequence ? sequence.prompt + sequence.generated : 0;
      if (!sequence || !this.#kv.hasRoomFor(total)) return;
      const chunk = Math.min(total, left);
      this.#kv.grow(sequence, chunk);
      this.#queue.shift();
      sequence.isRunning = true;
      if (Number.isNaN(sequence.scheduledAt)) sequence.scheduledAt = at;
      this.#running.push(sequence);
      this.#schedule(sequence, chunk);
      left -= chunk;
    }
  }

  #schedule(sequence: Sequence, chunk: number): void {
    const work = this.#work;
    sequence.chunk = chunk;
    work.tokens += chunk;
    work.sequences++;
    if (sequence.computed >= sequence.prompt && chunk === 1) {
      work.decodes++;
      work.context += sequence.computed;
    } else {
      work.pairs += chunk * (sequence.computed + chunk / 2);
    }
  }

  #preempt(sequence: Sequence): void {
    this.#kv.release(sequence);
    sequence.computed = 0;
    sequence.chunk = 0;
    sequence.isRunning = false;
    sequence.preemptions++;
    this.counters.preemptions++;
    this.#queue.unshift(sequence);
  }

  #finishStep(): void {
    const at = this.#stepEnd;
    this.counters.busySeconds += this.#stepSeconds;
    let finished = 0;
    for (const sequence of this.#running) {
      if (sequence.chunk === 0) continue;
      sequence.computed += sequence.chunk;
      if (sequence.computed < sequence.prompt + sequence.generated) continue;
      this.#generate(sequence, at);
      if (sequence.generated === sequence.output) finished++;
    }
    if (finished > 0) this.#running = this.#running.filter((sequence) => !this.#complete(sequence, at));
    this.#stepEnd = Number.NaN;
    this.#wakeAt = at;
  }

  /** The step that computes a sequence's last known token yields its next one. */
  #generate(sequence: Sequence, at: Seconds): void {
    sequence.generated++;
    this.counters.generationTokens++;
    if (sequence.generated > 1) return;
    sequence.firstTokenAt = at;
    this.counters.promptTokens += sequence.prompt;
    const ttft = at - sequence.arrival;
    this.counters.ttftSum += ttft;
    this.counters.ttftCount++;
    countInBucket(this.counters.ttftBuckets, this.#options.ttftBounds, ttft);
    this.#listener.onFirstToken(sequence.request, at);
  }

  #complete(sequence: Sequence, at: Seconds): boolean {
    if (sequence.generated < sequence.output) return false;
    const latency = at - sequence.arrival;
    this.counters.finished++;
    this.counters.e2eSum += latency;
    this.counters.e2eCount++;
    countInBucket(this.counters.e2eBuckets, this.#options.e2eBounds, latency);
    this.#forget(sequence);
    this.#report(sequence, at, 'completed');
    return true;
  }

  #report(sequence: Sequence, at: Seconds, outcome: Outcome): void {
    this.#listener.onFinished(sequence.request, at, outcome, sequence.scheduledAt, sequence.preemptions);
  }

  #forget(sequence: Sequence): void {
    this.#kv.release(sequence);
    this.#byRequest.delete(sequence.request);
  }

  /** Nobody can join: no one waits, slots are full, or the head does not fit (and blocks only get fewer while all decode). */
  #canSkip(): boolean {
    if (!this.#skips || !this.#isPureDecode) return false;
    const first = this.#queue.first;
    if (!first || this.#running.length >= this.#options.maxNumSeqs) return true;
    return !this.#kv.hasRoomFor(first.prompt + first.generated);
  }

  /** Takes the whole steps that end at or before `until`, short of the one that completes somebody or runs out of blocks. */
  #skip(until: Seconds): void {
    let steps = Math.min(this.#stepsToCompletion() - 1, this.#stepsUntil(until));
    while (steps > 0 && !this.#fitsSteps(steps + 1)) steps = Math.floor(steps / 2);
    if (steps < 1) return;
    const at = this.#endOfSteps(steps);
    this.counters.busySeconds += at - this.#stepStart;
    this.counters.generationTokens += steps * this.#running.length;
    for (const sequence of this.#running) {
      sequence.computed += steps;
      sequence.generated += steps;
    }
    this.#startStep(at);
  }

  #stepsToCompletion(): number {
    let fewest = Number.POSITIVE_INFINITY;
    for (const { output, generated } of this.#running) fewest = Math.min(fewest, output - generated);
    return fewest;
  }

  /** Seconds by which each step of a stretch is longer than the one before. */
  #growth(): Seconds {
    return this.#options.law.perKvToken * this.#running.length * this.#speed;
  }

  #endOfSteps(steps: number): Seconds {
    return this.#stepStart + steps * this.#stepSeconds + (this.#growth() * steps * (steps - 1)) / 2;
  }

  /** Largest k with endOfSteps(k) <= until: the root of a quadratic, then mended for rounding. */
  #stepsUntil(until: Seconds): number {
    const half = this.#growth() / 2;
    const linear = this.#stepSeconds - half;
    const span = until - this.#stepStart;
    const root = half > 0 ? (2 * span) / (linear + Math.sqrt(linear * linear + 4 * half * span)) : span / linear;
    let steps = Math.max(0, Math.floor(root));
    while (steps > 0 && this.#endOfSteps(steps) > until) steps--;
    while (this.#endOfSteps(steps + 1) <= until) steps++;
    return steps;
  }

  /** Whether the blocks for `steps` steps of everybody are there, so that nobody will be preempted in between. */
  #fitsSteps(steps: number): boolean {
    let blocks = 0;
    for (const sequence of this.#running)
      blocks += Math.max(0, this.#kv.blocksFor(sequence.computed + steps) - sequence.blocks);
    return blocks <= this.#kv.free;
  }
}
