import type { Ratio, Requests, Seconds, Tokens } from '../../base/units.js';
import { type CompiledLaw, compileLaw, type StepWork } from '../../decision/step-law.js';
import { CompletionHeap } from './completion-heap.js';
import { countCompletion, countFirstToken, createCounters } from './counters.js';
import type { EngineOptions } from './engine-options.js';
import { KvPool } from './kv-pool.js';
import { createCachedPrefix } from './prefix-cache.js';
import type { Replica, ReplicaListener } from './replica.js';
import type { ReplicaCounters } from './request.js';
import { NONE, SequenceTable, SlotList, STATE } from './sequence-table.js';

/**
 * The schedule of the step engine with work only where something changes: an arrival, a prompt's last chunk, a completion, a
 * shortage of blocks. Hot path: columns instead of objects, and no loop over the running sequences outside a shortage.
 *
 * All sequences past their prompt decode one token in every step, so a common count of steps (`#steps`) stands for their
 * progress: a sequence's computed tokens are `offset + #steps`, it is complete at a known count (a heap), and it needs a new
 * block whenever `offset + #steps` is a multiple of the block size (counts by residue). Only the last running sequence can be
 * in the middle of its prompt: who does not finish it takes all that the budget leaves.
 *
 * k steps in which all decode and nobody can come or go cost k * first + perKvToken * B * k * (k - 1) / 2, where `first` is the
 * first one's time: each step finds B more tokens in the cache than the one before.
 */
export class FastForwardEngine implements Replica {
  readonly counters: ReplicaCounters;
  readonly #options: EngineOptions;
  readonly #listener: ReplicaListener;
  readonly #blockSize: Tokens;
  readonly #kv: KvPool;
  readonly #table = new SequenceTable();
  readonly #queue: SlotList;
  readonly #running: SlotList;
  readonly #completions = new CompletionHeap();
  #speed: Ratio;
  /** When the next step is to begin, while none is under way; NaN: nothing to do. Steps begin late so that all who arrive then join. */
  #wakeAt: Seconds = Number.NaN;
  /** The step under way: its start, its end (NaN: none), its length, and whether it is one token for every running sequence. */
  #stepStart: Seconds = 0;
  #stepEnd: Seconds = Number.NaN;
  #stepSeconds: Seconds = 0;
  #isPureDecode = false;
  /** Decode steps done; sequences that decode, the sum of their computed tokens, and their number by the residue of that count. */
  #steps = 0;
  #decoding: Requests = 0;
  #context: Tokens = 0;
  readonly #needsBlockAt: Int32Array;
  /** The sequences that the step under way computes a chunk of a prompt for, and the one that will not have finished it. */
  readonly #prefills: Int32Array;
  #prefillCount = 0;
  #partial = NONE;
  readonly #work: StepWork = { tokens: 0, decodes: 0, sequences: 0, context: 0, pairs: 0 };
  readonly #law: CompiledLaw;

  constructor(options: EngineOptions, listener: ReplicaListener) {
    this.#options = options;
    this.#listener = listener;
    this.#speed = options.speedFactor ?? 1;
    this.#law = compileLaw(options.law, options.maxBatchedTokens);
    this.#blockSize = options.blockSize;
    this.#kv = new KvPool(options.kvBlocks, options.blockSize, options.prefixCaching);
    this.#queue = new SlotList(this.#table);
    this.#running = new SlotList(this.#table);
    this.#needsBlockAt = new Int32Array(options.blockSize);
    this.#prefills = new Int32Array(options.maxNumSeqs);
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
    return this.#fitsSteps(steps - 1) ? this.#endOfSteps(steps) : this.#stepEnd;
  }

  setSpeedFactor(factor: Ratio, now: Seconds): void {
    this.advance(now);
    this.#speed = factor;
    // The step under way keeps its length but is no longer the pattern of those that follow.
    this.#isPureDecode = false;
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
    const { queueCap = Number.POSITIVE_INFINITY } = this.#options;
    // A sequence that fills more than the whole cache would wait for ever: vLLM refuses it at the door.
    if (this.#queue.length >= queueCap || !this.#kv.canHold(prompt + output)) return false;
    const prefix = this.#kv.cache && createCachedPrefix(prefixGroup, prefixTokens, prompt, this.#blockSize);
    this.#queue.push(this.#table.add(request, now, prompt, output, prefix));
    if (Number.isNaN(this.#stepEnd) && Number.isNaN(this.#wakeAt)) this.#wakeAt = now;
    return true;
  }

  abort(request: number, now: Seconds): boolean {
    this.advance(now);
    const slot = this.#table.find(request);
    if (slot === NONE) return false;
    if (this.#table.state[slot] === STATE.waiting) {
      this.#queue.remove(slot);
    } else {
      this.#leaveRunning(slot, 1);
      this.#isPureDecode = false;
    }
    this.#table.remove(slot);
    this.counters.finished++;
    this.counters.aborted++;
    return true;
  }

  evict(now: Seconds): readonly number[] {
    this.advance(now);
    const requests: number[] = [];
    for (const list of [this.#running, this.#queue]) {
      while (list.first !== NONE) {
        const slot = list.first;
        requests.push(this.#table.request[slot] as number);
        if (list === this.#running) this.#leaveRunning(slot, 1);
        else list.remove(slot);
        this.#table.remove(slot);
      }
    }
    this.#completions.clear();
    this.#prefillCount = 0;
    this.#stepEnd = this.#wakeAt = Number.NaN;
    return requests;
  }

  waitingRequests(): readonly number[] {
    const { request, scheduledAt, after } = this.#table;
    const requests: number[] = [];
    for (let slot = this.#queue.first; slot !== NONE; slot = after[slot] as number)
      if (Number.isNaN(scheduledAt[slot])) requests.push(request[slot] as number);
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
    this.#prefillCount = 0;
    const isShort = this.#scheduleRunning(maxBatchedTokens);
    if (!isShort && this.#queue.first !== NONE) this.#admit(at, maxBatchedTokens - work.tokens);
    this.#stepStart = at;
    this.#stepSeconds = this.#law(work) * this.#speed;
    this.#stepEnd = work.tokens > 0 ? at + this.#stepSeconds : Number.NaN;
    this.#wakeAt = Number.NaN;
    this.#isPureDecode = this.#prefillCount === 0;
  }

  /** Gives running sequences their tokens; true when blocks ran out and somebody was preempted. */
  #scheduleRunning(budget: Tokens): boolean {
    const needed = this.#needsBlockAt[this.#steps % this.#blockSize] as number;
    let isShort = false;
    if (needed > 0 && !this.#kv.take(needed)) isShort = this.#scheduleScarce();
    const work = this.#work;
    work.tokens = work.decodes = work.sequences = this.#decoding;
    work.context = this.#context;
    if (this.#partial !== NONE && !this.#continuePrefill(this.#partial, budget - work.tokens)) isShort = true;
    return isShort;
  }

  /** Blocks one by one, first come first; the last running sequence makes room, be it the one in need. */
  #scheduleScarce(): true {
    const { state, offset, after } = this.#table;
    for (let slot = this.#running.first; slot !== NONE; slot = after[slot] as number) {
      if (state[slot] !== STATE.decode || ((offset[slot] as number) + this.#steps) % this.#blockSize !== 0) continue;
      while (!this.#kv.take(1)) {
        const isItself = this.#running.last === slot;
        this.#preempt(this.#running.last);
        if (isItself) return true;
      }
    }
    return true;
  }

  /** The last running sequence goes on with its prompt; false when there are no blocks for it, and it was preempted. */
  #continuePrefill(slot: number, budget: Tokens): boolean {
    const { prompt, generated, computed, blocks } = this.#table;
    const rest = (prompt[slot] as number) + (generated[slot] as number) - (computed[slot] as number);
    const chunk = Math.min(rest, budget);
    const held = this.#kv.blocksFor((computed[slot] as number) + chunk);
    const more = held - (blocks[slot] as number);
    if (more > 0 && !this.#kv.take(more)) {
      this.#preempt(slot);
      return false;
    }
    blocks[slot] = Math.max(held, blocks[slot] as number);
    this.#schedulePrefill(slot, chunk);
    return true;
  }

  /** Takes waiting sequences in; each only if all of it would fit, though only the chunk's blocks are taken. */
  #admit(at: Seconds, budget: Tokens): void {
    const { prompt, generated, computed, blocks, scheduledAt, state } = this.#table;
    let left = budget;
    while (left > 0 && this.#running.length < this.#options.maxNumSeqs) {
      const slot = this.#queue.first;
      if (slot === NONE) return;
      const total = (prompt[slot] as number) + (generated[slot] as number);
      const hits = this.#findHits(slot, total);
      if (!this.#kv.hasRoomFor(total, hits)) return;
      this.#useHits(slot, hits);
      const chunk = Math.min(total - (computed[slot] as number), left);
      const held = this.#kv.blocksFor((computed[slot] as number) + chunk);
      this.#kv.take(held - hits);
      blocks[slot] = held;
      this.#queue.remove(slot);
      state[slot] = STATE.prefill;
      if (Number.isNaN(scheduledAt[slot] as number)) this.#countFirstAdmission(slot, at);
      this.#running.push(slot);
      this.#schedulePrefill(slot, chunk);
      left -= chunk;
    }
  }

  #findHits(slot: number, total: Tokens): number {
    const { prefixHitRate = 0 } = this.#options;
    if (this.#kv.cache) return this.#kv.findHits(total, this.#table.prefix[slot]);
    return prefixHitRate > 0
      ? Math.floor((prefixHitRate * ((this.#table.prompt[slot] as number) - 1)) / this.#blockSize)
      : 0;
  }

  #useHits(slot: number, hits: number): void {
    const prefix = this.#kv.cache && this.#table.prefix[slot];
    if (prefix) this.#kv.cache?.claim(prefix, hits);
    else this.#table.borrowed[slot] = hits;
    this.#table.computed[slot] = hits * this.#blockSize;
  }

  #countFirstAdmission(slot: number, at: Seconds): void {
    this.#table.scheduledAt[slot] = at;
    this.counters.prefixQueries += this.#table.prompt[slot] as number;
    this.counters.prefixHits += this.#table.computed[slot] as number;
  }

  #schedulePrefill(slot: number, chunk: Tokens): void {
    const work = this.#work;
    const computed = this.#table.computed[slot] as number;
    this.#table.chunk[slot] = chunk;
    this.#prefills[this.#prefillCount++] = slot;
    const prefix = this.#kv.cache && this.#table.prefix[slot];
    if (prefix) this.#kv.cache?.fill(prefix, Math.floor((computed + chunk) / this.#blockSize));
    work.tokens += chunk;
    work.sequences++;
    if (computed >= (this.#table.prompt[slot] as number) && chunk === 1) {
      work.decodes++;
      work.context += computed;
    } else {
      work.pairs += chunk * (computed + chunk / 2);
    }
  }

  #preempt(slot: number): void {
    const { state, generated, output, completesAt, preemptions, computed } = this.#table;
    if (state[slot] === STATE.decode)
      generated[slot] = (output[slot] as number) - ((completesAt[slot] as number) - this.#steps);
    this.#leaveRunning(slot, 0);
    computed[slot] = 0;
    state[slot] = STATE.waiting;
    preemptions[slot] = (preemptions[slot] as number) + 1;
    this.counters.preemptions++;
    this.#queue.unshift(slot);
  }

  #finishStep(): void {
    const at = this.#stepEnd;
    this.counters.busySeconds += this.#stepSeconds;
    this.counters.generationTokens += this.#decoding;
    this.#context += this.#decoding;
    this.#steps++;
    while (this.#cleanCompletions() && this.#completions.firstStep === this.#steps) {
      const slot = this.#completions.firstSlot;
      this.#completions.pop();
      this.#complete(slot, at);
    }
    this.#partial = NONE;
    for (let i = 0; i < this.#prefillCount; i++) this.#finishChunk(this.#prefills[i] as number, at);
    this.#stepEnd = Number.NaN;
    this.#wakeAt = at;
  }

  #finishChunk(slot: number, at: Seconds): void {
    const { state, computed, chunk, prompt, generated, output } = this.#table;
    // Aborted meanwhile.
    if (state[slot] !== STATE.prefill || chunk[slot] === 0) return;
    const done = (computed[slot] as number) + (chunk[slot] as number);
    computed[slot] = done;
    chunk[slot] = 0;
    if (done < (prompt[slot] as number) + (generated[slot] as number)) {
      this.#partial = slot;
      return;
    }
    // The step that computes a sequence's last known token yields its next one.
    const tokens = (generated[slot] as number) + 1;
    generated[slot] = tokens;
    this.counters.generationTokens++;
    if (tokens === 1) this.#reportFirstToken(slot, at);
    if (tokens === output[slot]) this.#complete(slot, at);
    else this.#joinDecoding(slot, done, (output[slot] as number) - tokens);
  }

  #joinDecoding(slot: number, computed: Tokens, rest: Tokens): void {
    const { state, offset, completesAt } = this.#table;
    state[slot] = STATE.decode;
    offset[slot] = computed - this.#steps;
    completesAt[slot] = this.#steps + rest;
    this.#completions.push(this.#steps + rest, slot);
    this.#decoding++;
    this.#context += computed;
    this.#countResidue(slot, 1);
  }

  #reportFirstToken(slot: number, at: Seconds): void {
    const ttft = at - (this.#table.arrival[slot] as number);
    this.counters.promptTokens += this.#table.prompt[slot] as number;
    countFirstToken(this.counters, this.#options.ttftBounds, ttft);
    this.#listener.onFirstToken(this.#table.request[slot] as number, at);
  }

  #complete(slot: number, at: Seconds): void {
    const { arrival, request, scheduledAt, preemptions } = this.#table;
    const latency = at - (arrival[slot] as number);
    countCompletion(this.counters, this.#options.e2eBounds, latency);
    this.#leaveRunning(slot, 0);
    this.#table.remove(slot);
    this.#listener.onFinished(
      request[slot] as number,
      at,
      'completed',
      scheduledAt[slot] as number,
      preemptions[slot] as number,
    );
  }

  /** Takes a sequence out of the running ones and gives its blocks back; `underWay` tokens of it are being decoded. */
  #leaveRunning(slot: number, underWay: 0 | 1): void {
    const { state, offset, computed, chunk, blocks, borrowed } = this.#table;
    this.#running.remove(slot);
    if (this.#partial === slot) this.#partial = NONE;
    const isDecoding = state[slot] === STATE.decode;
    const progress = isDecoding ? (offset[slot] as number) + this.#steps : (computed[slot] as number);
    if (isDecoding) {
      this.#decoding--;
      this.#context -= progress;
      this.#countResidue(slot, -1);
    }
    const tokens = progress + (isDecoding ? underWay : (chunk[slot] as number));
    const held = isDecoding ? this.#kv.blocksFor(tokens) : (blocks[slot] as number);
    this.#kv.give(held - (borrowed[slot] as number), tokens, this.#kv.cache && this.#table.prefix[slot]);
    chunk[slot] = blocks[slot] = borrowed[slot] = 0;
  }

  #countResidue(slot: number, change: 1 | -1): void {
    const residue = -(this.#table.offset[slot] as number) % this.#blockSize;
    const index = residue < 0 ? residue + this.#blockSize : residue;
    this.#needsBlockAt[index] = (this.#needsBlockAt[index] as number) + change;
  }

  /** Drops completions of sequences that left otherwise; false when none is to come. */
  #cleanCompletions(): boolean {
    const { state, completesAt } = this.#table;
    const heap = this.#completions;
    while (!heap.isEmpty) {
      const slot = heap.firstSlot;
      if (state[slot] === STATE.decode && completesAt[slot] === heap.firstStep) return true;
      heap.pop();
    }
    return false;
  }

  /** Nobody can join: no one waits, slots are full, or the head does not fit (and room only gets less while all decode). */
  #canSkip(): boolean {
    if (!this.#isPureDecode) return false;
    const slot = this.#queue.first;
    if (slot === NONE || this.#running.length >= this.#options.maxNumSeqs) return true;
    const total = (this.#table.prompt[slot] as number) + (this.#table.generated[slot] as number);
    return !this.#kv.hasRoomFor(total, this.#findHits(slot, total));
  }

  /** Takes the whole steps that end at or before `until`, short of the one that completes somebody or runs out of blocks. */
  #skip(until: Seconds): void {
    let steps = this.#stepsUntil(until, this.#stepsToCompletion() - 1);
    while (steps > 0 && !this.#fitsSteps(steps)) steps = Math.floor(steps / 2);
    if (steps < 1) return;
    const at = this.#endOfSteps(steps);
    this.counters.busySeconds += at - this.#stepStart;
    this.counters.generationTokens += steps * this.#decoding;
    this.#kv.take(this.#blocksForSteps(steps - 1));
    this.#context += steps * this.#decoding;
    this.#steps += steps;
    this.#startStep(at);
  }

  #stepsToCompletion(): number {
    return this.#cleanCompletions() ? this.#completions.firstStep - this.#steps : Number.POSITIVE_INFINITY;
  }

  /** Seconds by which each step of a stretch is longer than the one before. */
  #growth(): Seconds {
    return this.#options.law.perKvToken * this.#decoding * this.#speed;
  }

  #endOfSteps(steps: number): Seconds {
    return this.#stepStart + steps * this.#stepSeconds + (this.#growth() * steps * (steps - 1)) / 2;
  }

  /** Largest k <= `most` with endOfSteps(k) <= until: the root of a quadratic, then mended for rounding. */
  #stepsUntil(until: Seconds, most: number): number {
    if (this.#endOfSteps(most) <= until) return most;
    const half = this.#growth() / 2;
    const linear = this.#stepSeconds - half;
    const span = until - this.#stepStart;
    const root = half > 0 ? (2 * span) / (linear + Math.sqrt(linear * linear + 4 * half * span)) : span / linear;
    let steps = Math.max(0, Math.floor(root));
    while (steps > 0 && this.#endOfSteps(steps) > until) steps--;
    while (this.#endOfSteps(steps + 1) <= until) steps++;
    return steps;
  }

  /** Blocks that the `steps` steps after the one under way will need. */
  #blocksForSteps(steps: number): number {
    let blocks = Math.floor(steps / this.#blockSize) * this.#decoding;
    for (let i = steps % this.#blockSize; i > 0; i--)
      blocks += this.#needsBlockAt[(this.#steps + i) % this.#blockSize] as number;
    return blocks;
  }

  /** Whether the blocks for `steps` more steps are there, so that nobody will be preempted in between. */
  #fitsSteps(steps: number): boolean {
    const { free } = this.#kv;
    return Math.ceil(steps / this.#blockSize) * this.#decoding <= free || this.#blocksForSteps(steps) <= free;
  }
}
