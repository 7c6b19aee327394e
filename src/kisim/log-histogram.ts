import { power } from '../base/power.js';
import type { Seconds } from '../base/units.js';

const SMALLEST = 1e-4;
const LARGEST = 1e6;
/** Neighbouring bucket bounds differ by 2 %, so a quantile is off by 1 % at most. */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);
const BUCKETS = Math.ceil(Math.log(LARGEST / SMALLEST) / LOG_GROWTH) + 1;

/** Counts of positive values in logarithmic buckets: quantiles within 1 % in 10 KB, whatever the number of values. */
export class LogHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  /** Values below 0.1 ms count as 0.1 ms. */
  add(value: Seconds): void {
    const bucket = value <= SMALLEST ? 0 : Math.ceil(Math.log(value / SMALLEST) / LOG_GROWTH);
    const index = Math.min(BUCKETS - 1, bucket);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#total++;
  }

  /** Adds the values of another histogram; their order does not matter. */
  merge(other: LogHistogram): void {
    for (let i = 0; i < BUCKETS; i++) this.#counts[i] = (this.#counts[i] as number) + (other.#counts[i] as number);
    this.#total += other.#total;
  }

  get total(): number {
    return this.#total;
  }

  /** The value below which a share `q` in [0, 1] lies (middle of its bucket); NaN without values. */
  quantile(q: number): Seconds {
    if (this.#total === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(q * this.#total));
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#counts[i] as number;
      if (seen >= rank) return SMALLEST * power(GROWTH, i - (i === 0 ? 0 : 0.5));
    }
    return LARGEST;
  }
}
