import { normal } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { Tokens } from '../../base/units.js';

/** Lengths of prompts or of answers: whole tokens, at least 1. */
export interface LengthDistribution {
  /** Mean of the draws before rounding and cutting. */
  readonly mean: Tokens;
  draw(rng: Rng): Tokens;
}

/** Every request alike. */
export function constantLength(tokens: Tokens): LengthDistribution {
  const length = Math.max(1, Math.round(tokens));
  return { mean: length, draw: () => length };
}

/** Longest request in means, so that no draw exceeds what a replica can hold at all. */
const LONGEST = 8;

/** Log-normal lengths with the given mean and standard deviation of the logarithm, cut to [1, 8 means]. */
export function logNormalLength(mean: Tokens, sigma: number): LengthDistribution {
  return sigma === 0 ? constantLength(mean) : new LogNormalLength(mean, sigma);
}

class LogNormalLength implements LengthDistribution {
  readonly mean: Tokens;
  readonly #sigma: number;
  readonly #mu: number;
  readonly #longest: Tokens;

  constructor(mean: Tokens, sigma: number) {
    this.mean = mean;
    this.#sigma = sigma;
    this.#mu = Math.log(mean) - (sigma * sigma) / 2;
    this.#longest = Math.max(1, LONGEST * mean);
  }

  draw(rng: Rng): Tokens {
    const length = Math.exp(this.#mu + this.#sigma * normal(rng));
    return length <= 1 ? 1 : Math.round(Math.min(length, this.#longest));
  }
}
