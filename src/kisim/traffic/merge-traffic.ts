import type { RequestSpec } from '../replica/request.js';
import type { Traffic } from './traffic.js';

/** Several traffics at once, in order of arrival; at equal times the earlier one of the list comes first. */
export function mergeTraffic(traffics: readonly Traffic[]): Traffic {
  const [first] = traffics;
  return first && traffics.length === 1 ? first : new MergedTraffic(traffics);
}

/** A binary heap of those that have not ended, by the arrival that each has next. */
class MergedTraffic implements Traffic {
  readonly #traffics: readonly Traffic[];
  readonly #heads: (RequestSpec | undefined)[];
  readonly #arrivals: Float64Array;
  readonly #heap: Int32Array;
  #size = 0;

  constructor(traffics: readonly Traffic[]) {
    this.#traffics = traffics;
    this.#heads = traffics.map((traffic) => traffic.next());
    this.#arrivals = Float64Array.from(this.#heads, (head) => head?.arrival ?? Number.POSITIVE_INFINITY);
    this.#heap = new Int32Array(traffics.length);
    for (const [i, head] of this.#heads.entries()) if (head) this.#heap[this.#size++] = i;
    for (let i = (this.#size >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  next(): RequestSpec | undefined {
    if (this.#size === 0) return undefined;
    const first = this.#heap[0] as number;
    const request = this.#heads[first];
    const following = (this.#traffics[first] as Traffic).next();
    this.#heads[first] = following;
    if (following) this.#arrivals[first] = following.arrival;
    else this.#heap[0] = this.#heap[--this.#size] as number;
    this.#sink(0);
    return request;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const moving = heap[from] as number;
    let i = from;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#isBefore(heap[child + 1] as number, heap[child] as number)) child++;
      if (!this.#isBefore(heap[child] as number, moving)) break;
      heap[i] = heap[child] as number;
      i = child;
    }
    heap[i] = moving;
  }

  #isBefore(a: number, b: number): boolean {
    const difference = (this.#arrivals[a] as number) - (this.#arrivals[b] as number);
    return difference < 0 || (difference === 0 && a < b);
  }
}
