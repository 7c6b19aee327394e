import { quantileSorted } from '../../base/statistics.js';
import type { Ratio } from '../../base/units.js';

/** Quantile of the last `length` values, kept sorted: a binary search and a block move per value. NaN takes up a place, unseen. */
export class SlidingQuantile {
  readonly #history: Float64Array;
  readonly #sorted: Float64Array;
  #next = 0;
  #size = 0;

  constructor(length: number) {
    this.#history = new Float64Array(length).fill(Number.NaN);
    this.#sorted = new Float64Array(length);
  }

  push(value: number): void {
    const oldest = this.#history[this.#next] as number;
    this.#history[this.#next] = value;
    this.#next = (this.#next + 1) % this.#history.length;
    if (!Number.isNaN(oldest)) {
      const at = this.#rank(oldest);
      this.#sorted.copyWithin(at, at + 1, this.#size--);
    }
    if (!Number.isNaN(value)) {
      const at = this.#rank(value);
      this.#sorted.copyWithin(at + 1, at, this.#size++);
      this.#sorted[at] = value;
    }
  }

  /** As Prometheus' quantile_over_time: linear between order statistics; NaN without values. */
  quantile(q: Ratio): number {
    return this.#size === 0 ? Number.NaN : quantileSorted(this.#sorted.subarray(0, this.#size), q);
  }

  /** First index of the sorted values that is not below `value`. */
  #rank(value: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
