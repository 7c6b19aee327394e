import type { RequestSpec } from '../replica/request.js';
import type { Pod } from './pod.js';

/** Flags of a request. */
export const COUNTED = 1;
export const MISSED = 2;

/**
 * The requests that are under way, in columns; a slot is reused once its request has ended, so the table is as long as the
 * largest number in flight. `sequence` tells a reused slot from the request that somebody remembers.
 */
export class RequestTable {
  arrival = new Float64Array(256);
  firstTokenAt = new Float64Array(256);
  sequence = new Float64Array(256);
  inputTokens = new Int32Array(256);
  outputTokens = new Int32Array(256);
  prefixGroup = new Int32Array(256);
  prefixTokens = new Int32Array(256);
  flags = new Uint8Array(256);
  /** Attempts made. */
  attempts = new Uint16Array(256);
  /** The pod that serves it; undefined at the gateway. */
  readonly pod: (Pod | undefined)[] = [];
  readonly #free: number[] = [];
  #used = 0;
  #issued = 0;

  get inFlight(): number {
    return this.#used - this.#free.length;
  }

  /** Enters a request, returns its slot. */
  add(request: RequestSpec, flags: number): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.flags.length) this.#grow();
    this.arrival[slot] = request.arrival;
    this.firstTokenAt[slot] = Number.NaN;
    this.sequence[slot] = ++this.#issued;
    this.inputTokens[slot] = request.inputTokens;
    this.outputTokens[slot] = request.outputTokens;
    this.prefixGroup[slot] = request.prefixGroup ?? -1;
    this.prefixTokens[slot] = request.prefixTokens ?? 0;
    this.flags[slot] = flags;
    this.attempts[slot] = 1;
    this.pod[slot] = undefined;
    return slot;
  }

  /** An attempt is over and another one to come: whoever remembers the old one is told by the new sequence. */
  renew(slot: number): number {
    this.firstTokenAt[slot] = Number.NaN;
    this.pod[slot] = undefined;
    this.sequence[slot] = ++this.#issued;
    return this.#issued;
  }

  remove(slot: number): void {
    this.sequence[slot] = 0;
    this.pod[slot] = undefined;
    this.#free.push(slot);
  }

  /** Slots in use, ascending. */
  slots(): number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < this.#used; slot++) if (this.sequence[slot] !== 0) slots.push(slot);
    return slots;
  }

  #grow(): void {
    const size = 2 * this.flags.length;
    this.arrival = widen(this.arrival, new Float64Array(size));
    this.firstTokenAt = widen(this.firstTokenAt, new Float64Array(size));
    this.sequence = widen(this.sequence, new Float64Array(size));
    this.inputTokens = widen(this.inputTokens, new Int32Array(size));
    this.outputTokens = widen(this.outputTokens, new Int32Array(size));
    this.prefixGroup = widen(this.prefixGroup, new Int32Array(size));
    this.prefixTokens = widen(this.prefixTokens, new Int32Array(size));
    this.flags = widen(this.flags, new Uint8Array(size));
    this.attempts = widen(this.attempts, new Uint16Array(size));
  }
}

function widen<
  T extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>,
>(old: T, wide: T): T {
  wide.set(old);
  return wide;
}
