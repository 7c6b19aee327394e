import { mean } from '../../../src/base/statistics.js';

/** A mean with its 99 % interval. */
export interface Interval {
  readonly mean: number;
  readonly standardError: number;
  readonly halfWidth: number;
}

/** 99.5 % quantiles of Student's t by degrees of freedom (Abramowitz and Stegun 1964, table 26.10), and of the normal. */
const T_QUANTILES: readonly (readonly [number, number])[] = [
  [9, 3.25],
  [19, 2.861],
  [29, 2.756],
  [39, 2.708],
  [49, 2.68],
  [99, 2.626],
];

/**
 * The mean of a correlated sequence with an honest interval: means of consecutive batches of equal size are as good as
 * independent when a batch is many relaxation times long (Conway 1963). An unfinished last batch is left out.
 */
export class BatchMeans {
  readonly #size: number;
  readonly #means: number[] = [];
  #sum = 0;
  #count = 0;

  /** @param size values per batch, >= 1 */
  constructor(size: number) {
    this.#size = size;
  }

  add(value: number): void {
    this.#sum += value;
    if (++this.#count < this.#size) return;
    this.#means.push(this.#sum / this.#size);
    this.#sum = this.#count = 0;
  }

  interval(): Interval {
    return intervalOf(this.#means);
  }
}

/** The 99 % interval of the mean of independent values; 10 of them at least. */
export function intervalOf(values: readonly number[]): Interval {
  const n = values.length;
  const t = T_QUANTILES.findLast(([degrees]) => degrees <= n - 1)?.[1];
  if (t === undefined) throw new RangeError(`an interval needs 10 batches, found ${n}`);
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0);
  const standardError = Math.sqrt(squares / (n - 1) / n);
  return { mean: centre, standardError, halfWidth: t * standardError };
}

/** Distribution function of the standard normal, within 7.5e-8 (Abramowitz and Stegun 1964, 26.2.17). */
export function normalBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    0.39894228 *
    Math.exp((-x * x) / 2) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x >= 0 ? 1 - tail : tail;
}
