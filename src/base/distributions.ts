import type { Rng } from './rng.js';

/** Exponential with the given mean (> 0); in the unit of the mean. */
export function exponential(rng: Rng, mean: number): number {
  return -mean * Math.log(1 - rng.next());
}

/** Standard normal (Box-Muller, one of the pair: two draws each, so that the number of draws does not depend on values). */
export function normal(rng: Rng): number {
  const radius = Math.sqrt(-2 * Math.log(1 - rng.next()));
  return radius * Math.cos(2 * Math.PI * rng.next());
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
  return low * (high / low) ** rng.next();
}

/** Integer uniform on [low, high], both ends included. */
export function uniformInteger(rng: Rng, low: number, high: number): number {
  return low + Math.floor(rng.next() * (high - low + 1));
}

/**
 * Gamma with shape k > 0 and the given mean: squared coefficient of variation 1/k.
 * Marsaglia and Tsang 2000 ("A simple method for generating gamma variables"); shape below 1 by their boost U^(1/k).
 */
export function gamma(rng: Rng, shape: number, mean: number): number {
  const boost = shape < 1 ? (1 - rng.next()) ** (1 / shape) : 1;
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(rng);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - rng.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return (boost * d * v * mean) / shape;
  }
}
