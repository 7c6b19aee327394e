import type { Ratio, Requests, Seconds, Tokens } from '../../base/units.js';
import { type CompiledLaw, compileLaw, type StepWork } from '../../decision/step-law.js';
import { countCompletion, countFirstToken, createCounters } from './counters.js';
import type { EngineOptions } from './engine-options.js';
import { KvPool } from './kv-pool.js';
import { createCachedPrefix } from './prefix-cache.js';
import type { Replica, ReplicaListener } from './replica.js';
import type { ReplicaCounters } from './request.js';
import { createSequence, type Sequence } from './sequence.js';
import { SequenceQueue } from './sequence-queue.js';

/**
 * vLLM v1's scheduler and KV block manager in virtual time (v1/core/sched/scheduler.py, 0.32.0). In every step the running
 * sequences come first, then waiting ones while token budget, slots and blocks allow; prompts are cut into chunks of what the
 * budget leaves. When blocks run out, the last running sequence is preempted: it goes to the head of the queue, is computed
 * again from its first token (but for what the prefix cache kept), and nobody is admitted in that step. Arrivals are seen at
 * step boundaries; an idle engine starts at once.
 */
export class StepEngine implements Replica {
  readonly counters: ReplicaCounters;
  readonly #options: EngineOptions;
  readonly #listener: ReplicaListener;
  readonly #kv: KvPool;
  readonly #byRequest = new Map<number, Sequence>();
  readonly #queue = new SequenceQueue();
  #speed: Ratio;
  #running: Sequence[] = [];
  /** When the next step is to begin, while none is under way; NaN: nothing to do. Steps begin late so that all who arrive then join. */
  #wakeAt: Seconds = Number.NaN;
  /** The step under way: its end (NaN: none), its length and what it computes. */
  #stepEnd: Seconds = Number.NaN;
  #stepSeconds: Seconds = 0;
  readonly #work: StepWork = { tokens: 0, decodes: 0, sequences: 0, context: 0, pairs: 0 };
  readonly #law: CompiledLaw;

  constructor(options: EngineOptions, listener: ReplicaListener) {
    this.#options = options;
    this.#listener = listener;
    this.#speed = options.speedFactor ?? 1;
    this.#law = compileLaw(options.law, options.maxBatchedTokens);
    this.#kv = new KvPool(options.kvBlocks, options.blockSize, options.prefixCaching);
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
    return Number.isNaN(this.#stepEnd) ? Number.POSITIVE_INFINITY : this.#stepEnd;
  }

  setSpeedFactor(factor: Ratio, now: Seconds): void {
    this.advance(now);
    this.#speed = factor;
  }

  submit(
    request: number,
    now: Seconds,
    inputTokens: Tokens,
    outputTokens: Tokens,
    prefixGroup: number,
    prefixTokens: Tokens,
  ): boolean {
    this.#runUntil(now);
    const prompt = Math.max(1, inputTokens);
    const output = Math.max(1, outputTokens);
    const { queueCap = Number.POSITIVE_INFINITY, blockSize } = this.#options;
    // A sequence that fills more than the whole cache would wait for ever: vLLM refuses it at the door.
    if (this.#queue.length >= queueCap || !this.#kv.canHold(prompt + output)) return false;
    const prefix = this.#kv.cache && createCachedPrefix(prefixGroup, prefixTokens, prompt, blockSize);
    const sequence = createSequence(request, now, prompt, output, prefix);
    this.#byRequest.set(request, sequence);
    this.#queue.push(sequence);
    if (Number.isNaN(this.#stepEnd) && Number.isNaN(this.#wakeAt)) this.#wakeAt = now;
    return true;
  }

  abort(request: number, now: Seconds): boolean {
    this.advance(now);
    const sequence = this.#byRequest.get(request);
    if (!sequence) return false;
    // The step under way keeps its length.
    if (sequence.isRunning) this.#running.splice(this.#running.indexOf(sequence), 1);
    else this.#queue.remove(sequence);
    this.#forget(sequence);
    this.counters.finished++;
    this.counters.aborted++;
    return true;
  }

  evict(now: Seconds): readonly number[] {
    this.advance(now);
    const requests = [...this.#byRequest.keys()];
    for (const sequence of this.#byRequest.values()) this.#release(sequence);
    this.#byRequest.clear();
    this.#queue.clear();
    this.#running = [];
    this.#stepEnd = this.#wakeAt = Number.NaN;
    return requests;
  }

  waitingRequests(): readonly number[] {
    return [...this.#byRequest.values()]
      .filter(({ scheduledAt }) => Number.isNaN(scheduledAt))
      .map(({ request }) => request);
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
      this.#finishStep();
    }
  }

  /** Puts together the step that begins at `at`, or falls idle when there is nothing to do. */
  #startStep(at: Seconds): void {
    const { maxBatchedTokens } = this.#options;
    const work = this.#work;
    work.tokens = work.decodes = work.sequences = work.context = work.pairs = 0;
    const isShort = this.#scheduleRunning(maxBatchedTokens);
    if (!isShort) this.#admit(at, maxBatchedTokens - work.tokens);
    this.#stepSeconds = this.#law(work) * this.#speed;
    this.#stepEnd = work.tokens > 0 ? at + this.#stepSeconds : Number.NaN;
    this.#wakeAt = Number.NaN;
  }

  /** Gives running sequences their tokens, first come first; true when blocks ran out and somebody was preempted. */
  #scheduleRunning(budget: Tokens): boolean {
    let isShort = false;
    for (const sequence of this.#running) sequence.chunk = 0;
    for (let i = 0; i < this.#running.length && this.#work.tokens < budget; i++) {
      const sequence = this.#running[i] as Sequence;
      const chunk = Math.min(sequence.prompt + sequence.generated - sequence.computed, budget - this.#work.tokens);
      while (sequence.isRunning && !this.#grow(sequence, sequence.computed + chunk)) {
        this.#preempt(this.#running.pop() as Sequence);
        isShort = true;
      }
      if (sequence.isRunning) this.#schedule(sequence, chunk);
    }
    return isShort;
  }

  /** Takes waiting sequences in; each only if all of it would fit, though only the chunk's blocks are taken. */
  #admit(at: Seconds, budget: Tokens): void {
    let left = budget;
    while (left > 0 && this.#running.length < this.#options.maxNumSeqs) {
      const sequence = this.#queue.first;
      if (!sequence) return;
      const total = sequence.prompt + sequence.generated;
      const hits = this.#findHits(sequence, total);
      if (!this.#kv.hasRoomFor(total, hits)) return;
      this.#useHits(sequence, hits);
      const chunk = Math.min(total - sequence.computed, left);
      this.#grow(sequence, sequence.computed + chunk);
      this.#queue.shift();
      sequence.isRunning = true;
      if (Number.isNaN(sequence.scheduledAt)) this.#countFirstAdmission(sequence, at);
      this.#running.push(sequence);
      this.#schedule(sequence, chunk);
      left -= chunk;
    }
  }

  #findHits(sequence: Sequence, total: Tokens): number {
    const { prefixHitRate = 0, blockSize } = this.#options;
    if (prefixHitRate > 0 && !sequence.prefix) return Math.floor((prefixHitRate * (sequence.prompt - 1)) / blockSize);
    return this.#kv.findHits(total, sequence.prefix);
  }

  #useHits(sequence: Sequence, hits: number): void {
    if (sequence.prefix) this.#kv.cache?.claim(sequence.prefix, hits);
    else sequence.borrowed = hits;
    sequence.blocks = hits;
    sequence.computed = hits * this.#kv.blockSize;
  }

  #countFirstAdmission(sequence: Sequence, at: Seconds): void {
    sequence.scheduledAt = at;
    this.counters.prefixQueries += sequence.prompt;
    this.counters.prefixHits += sequence.computed;
  }

  /** Grows the sequence's share to hold `tokens`; false, and nothing changed, when blocks are short. */
  #grow(sequence: Sequence, tokens: Tokens): boolean {
    const more = this.#kv.blocksFor(tokens) - sequence.blocks;
    if (more > 0) {
      if (!this.#kv.take(more)) return false;
      sequence.blocks += more;
    }
    if (sequence.prefix) this.#kv.cache?.fill(sequence.prefix, Math.floor(tokens / this.#kv.blockSize));
    return true;
  }

  #schedule(sequence: Sequence, chunk: Tokens): void {
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
    sequence.chunk = 0;
    this.#release(sequence);
    sequence.computed = 0;
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
      sequence.chunk = 0;
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
    countFirstToken(this.counters, this.#options.ttftBounds, ttft);
    this.#listener.onFirstToken(sequence.request, at);
  }

  #complete(sequence: Sequence, at: Seconds): boolean {
    if (sequence.generated < sequence.output) return false;
    const latency = at - sequence.arrival;
    countCompletion(this.counters, this.#options.e2eBounds, latency);
    this.#forget(sequence);
    this.#listener.onFinished(sequence.request, at, 'completed', sequence.scheduledAt, sequence.preemptions);
    return true;
  }

  #forget(sequence: Sequence): void {
    this.#release(sequence);
    this.#byRequest.delete(sequence.request);
  }

  #release(sequence: Sequence): void {
    this.#kv.give(sequence.blocks - sequence.borrowed, sequence.computed + sequence.chunk, sequence.prefix);
    sequence.blocks = sequence.borrowed = 0;
  }
}
