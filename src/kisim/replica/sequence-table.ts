import type { CachedPrefix } from './prefix-cache.js';

/** Where a sequence is. A free slot holds none. */
export const STATE = { free: 0, waiting: 1, prefill: 2, decode: 3 } as const;

/** No slot. */
export const NONE = -1;

const FIRST_SIZE = 64;

/**
 * The sequences of one engine in columns, reused slot by slot: nothing is allocated per request. Running and waiting ones hang
 * in doubly linked lists through `before` and `after`.
 */
export class SequenceTable {
  state = new Uint8Array(FIRST_SIZE);
  request = new Int32Array(FIRST_SIZE);
  arrival = new Float64Array(FIRST_SIZE);
  scheduledAt = new Float64Array(FIRST_SIZE);
  prompt = new Int32Array(FIRST_SIZE);
  output = new Int32Array(FIRST_SIZE);
  preemptions = new Int32Array(FIRST_SIZE);
  /** Tokens generated, and tokens whose KV entries exist, while it waits or is in prefill. */
  generated = new Int32Array(FIRST_SIZE);
  computed = new Int32Array(FIRST_SIZE);
  /** Tokens that the step under way computes, in prefill. */
  chunk = new Int32Array(FIRST_SIZE);
  /** KV blocks in its table, in prefill; and how many of them are borrowed (prefix caching as a rate). */
  blocks = new Int32Array(FIRST_SIZE);
  borrowed = new Int32Array(FIRST_SIZE);
  /** While it decodes: computed tokens less decode steps done, and the count of decode steps at which it is complete. */
  offset = new Float64Array(FIRST_SIZE);
  completesAt = new Float64Array(FIRST_SIZE);
  before = new Int32Array(FIRST_SIZE);
  after = new Int32Array(FIRST_SIZE);
  readonly prefix: (CachedPrefix | undefined)[] = [];
  readonly #free: number[] = [];
  #used = 0;
  #slotOf = new Int32Array(FIRST_SIZE).fill(NONE);

  /** Enters a request (a small whole number, not here yet) as waiting; returns its slot. */
  add(request: number, arrival: number, prompt: number, output: number, prefix: CachedPrefix | undefined): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.state.length) this.#grow();
    if (request >= this.#slotOf.length) this.#growRequests(request);
    this.#slotOf[request] = slot;
    this.state[slot] = STATE.waiting;
    this.request[slot] = request;
    this.arrival[slot] = arrival;
    this.scheduledAt[slot] = Number.NaN;
    this.prompt[slot] = prompt;
    this.output[slot] = output;
    this.preemptions[slot] = 0;
    this.generated[slot] = 0;
    this.computed[slot] = 0;
    this.chunk[slot] = 0;
    this.blocks[slot] = 0;
    this.borrowed[slot] = 0;
    if (prefix !== undefined || this.prefix.length > slot) this.prefix[slot] = prefix;
    return slot;
  }

  /** The slot of a request, or NONE. */
  find(request: number): number {
    return request < this.#slotOf.length ? (this.#slotOf[request] as number) : NONE;
  }

  remove(slot: number): void {
    this.#slotOf[this.request[slot] as number] = NONE;
    this.state[slot] = STATE.free;
    this.#free.push(slot);
  }

  #grow(): void {
    const size = 2 * this.state.length;
    this.state = widen(this.state, new Uint8Array(size));
    for (const name of INTEGER_COLUMNS) this[name] = widen(this[name], new Int32Array(size));
    for (const name of FLOAT_COLUMNS) this[name] = widen(this[name], new Float64Array(size));
  }

  #growRequests(request: number): void {
    const size = Math.max(2 * this.#slotOf.length, request + 1);
    this.#slotOf = widen(this.#slotOf, new Int32Array(size).fill(NONE));
  }
}

const INTEGER_COLUMNS = [
  'request',
  'prompt',
  'output',
  'preemptions',
  'generated',
  'computed',
  'chunk',
  'blocks',
  'borrowed',
  'before',
  'after',
] as const satisfies readonly (keyof SequenceTable)[];

const FLOAT_COLUMNS = [
  'arrival',
  'scheduledAt',
  'offset',
  'completesAt',
] as const satisfies readonly (keyof SequenceTable)[];

function widen<T extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(
  old: T,
  wide: T,
): T {
  wide.set(old);
  return wide;
}

/** A list of slots in order; a slot is in one list at most. */
export class SlotList {
  readonly #table: SequenceTable;
  first = NONE;
  last = NONE;
  length = 0;

  constructor(table: SequenceTable) {
    this.#table = table;
  }

  push(slot: number): void {
    const { before, after } = this.#table;
    before[slot] = this.last;
    after[slot] = NONE;
    if (this.last === NONE) this.first = slot;
    else after[this.last] = slot;
    this.last = slot;
    this.length++;
  }

  unshift(slot: number): void {
    const { before, after } = this.#table;
    before[slot] = NONE;
    after[slot] = this.first;
    if (this.first === NONE) this.last = slot;
    else before[this.first] = slot;
    this.first = slot;
    this.length++;
  }

  remove(slot: number): void {
    const { before, after } = this.#table;
    const previous = before[slot] as number;
    const next = after[slot] as number;
    if (previous === NONE) this.first = next;
    else after[previous] = next;
    if (next === NONE) this.last = previous;
    else before[next] = previous;
    this.length--;
  }
}
