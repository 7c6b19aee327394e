import { power } from './power.js';
import type { Rng } from './rng.js';
import { standardExponential, standardNormal } from './ziggurat.js';

/** Exponential with the given mean (> 0); in the unit of the mean. */
export function exponential(rng: Rng, mean: number): number {
  return mean * standardExponential(rng);
}

/** Standard normal. */
export function normal(rng: Rng): number {
  return standardNormal(rng);
}

/** Log-normal with the given median (> 0) and standard deviation of the logarithm. */
export function logNormal(rng: Rng, median: number, sigma: number): number {
  return median * Math.exp(sigma * normal(rng));
}

/** Uniform on [low, high). */
export function uniform(rng: Rng, low: number, high: number): number {
  return low + (high - low) * rng.next();
}

/** Log-uniform on [low, high), 0 < low <= high. */
export function logUniform(rng: Rng, low: number, high: number): number {
  return low * power(high / low, rng.next());
}

/** Integer uniform on [low, high], both ends included. */
export function uniformInteger(rng: Rng, low: number, high: number): number {
  return low + Math.floor(rng.next() * (high - low + 1));
}

/**
 * Gamma with shape k > 0 and the given mean: squared coefficient of variation 1/k.
 * Marsaglia and Tsang 2000 ("A simple method for generating gamma variables"), with their squeeze; shape below 1 by their boost
 * U^(1/k), where -ln U is exponential.
 */
export function gamma(rng: Rng, shape: number, mean: number): number {
  const boost = shape < 1 ? Math.exp(-standardExponential(rng) / shape) : 1;
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = standardNormal(rng);
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = rng.next();
    const squared = x * x;
    if (u < 1 - 0.0331 * squared * squared || Math.log(u) < 0.5 * squared + d * (1 - v + Math.log(v)))
      return (boost * d * v * mean) / shape;
  }
}
