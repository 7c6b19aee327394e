import type { Ratio, Seconds } from '../../base/units.js';
import { LogHistogram } from '../log-histogram.js';

/**
 * Quantiles over the last slices of time, as the summaries of prometheus-cpp compute them (TimeWindowQuantiles): the slice under
 * way and those before it, so that values count for between slices - 1 and slices times its length. Within 1 %; 10 KB a slice.
 */
export class RecentValues {
  readonly #slices: LogHistogram[];
  readonly #length: Seconds;
  /** Number of the slice under way, counted from time 0. */
  #newest = 0;

  constructor({ slices, sliceSeconds }: { readonly slices: number; readonly sliceSeconds: Seconds }) {
    this.#slices = Array.from({ length: slices }, () => new LogHistogram());
    this.#length = sliceSeconds;
  }

  /** `now` never falls. */
  add(value: number, now: Seconds): void {
    this.#moveTo(now);
    this.#slices[this.#newest % this.#slices.length]?.add(value);
  }

  /** NaN without recent values. */
  quantile(q: Ratio, now: Seconds): number {
    this.#moveTo(now);
    const all = new LogHistogram();
    for (const slice of this.#slices) if (slice.total > 0) all.merge(slice);
    return all.quantile(q);
  }

  #moveTo(now: Seconds): void {
    const newest = Math.max(0, Math.floor(now / this.#length));
    const first = Math.max(this.#newest + 1, newest - this.#slices.length + 1);
    for (let slice = first; slice <= newest; slice++) this.#slices[slice % this.#slices.length] = new LogHistogram();
    this.#newest = Math.max(this.#newest, newest);
  }
}
