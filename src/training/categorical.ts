import type { Rng } from '../base/rng.js';

/**
 * Log-probabilities of a row of logits [count] at `offset`, masked actions at -Infinity, written to `out` at the same place.
 * `mask` holds 1 for legal actions; at least one must be.
 */
export function writeLogProbabilities(
  logits: Float32Array,
  mask: Uint8Array,
  out: Float64Array,
  offset: number,
  count: number,
): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let j = offset; j < offset + count; j++) if (mask[j] === 1) largest = Math.max(largest, logits[j] as number);
  let sum = 0;
  for (let j = offset; j < offset + count; j++) if (mask[j] === 1) sum += Math.exp((logits[j] as number) - largest);
  const normalizer = largest + Math.log(sum);
  for (let j = offset; j < offset + count; j++) {
    out[j] = mask[j] === 1 ? (logits[j] as number) - normalizer : Number.NEGATIVE_INFINITY;
  }
}

/** Draws an index by its log-probability. */
export function sampleIndex(rng: Rng, logProbs: Float64Array, offset: number, count: number): number {
  let left = rng.next();
  let last = 0;
  for (let j = 0; j < count; j++) {
    const probability = Math.exp(logProbs[offset + j] as number);
    if (probability === 0) continue;
    last = j;
    left -= probability;
    if (left < 0) return j;
  }
  return last;
}

/** Entropy of a row of log-probabilities, nats. */
export function entropyOf(logProbs: Float64Array, offset: number, count: number): number {
  let entropy = 0;
  for (let j = offset; j < offset + count; j++) {
    const logP = logProbs[j] as number;
    if (logP > Number.NEGATIVE_INFINITY) entropy -= Math.exp(logP) * logP;
  }
  return entropy;
}

/** Kullback-Leibler divergence of one row of log-probabilities from another with the same mask, nats: sum of p (log p - log q), >= 0. */
export function divergenceOf(p: Float64Array, q: Float64Array, offset: number, count: number): number {
  let divergence = 0;
  for (let j = offset; j < offset + count; j++) {
    const logP = p[j] as number;
    if (logP > Number.NEGATIVE_INFINITY) divergence += Math.exp(logP) * (logP - (q[j] as number));
  }
  return divergence;
}
