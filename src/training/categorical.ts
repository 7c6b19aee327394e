import type { Rng } from '../base/rng.js';

/** What a mask says of an action. */
export const ILLEGAL = 0;
export const LEGAL = 1;
/** Legal, and its logit is raised by LEAN: exploration that lasts longer than a draw. */
export const FAVOURED = 2;

/** Makes a move that is seldom drawn the usual one. */
const LEAN = 6.5;

/**
 * Log-probabilities of a row of logits [count] at `offset`, masked actions at -Infinity, written to `out` at the same place.
 * `mask` says which actions are legal, and which favoured; at least one must be legal.
 */
export function writeLogProbabilities(
  logits: Float32Array,
  mask: Uint8Array,
  out: Float64Array,
  offset: number,
  count: number,
): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let j = offset; j < offset + count; j++) {
    const said = mask[j];
    const logit = (logits[j] as number) + (said === FAVOURED ? LEAN : 0);
    out[j] = said === ILLEGAL ? Number.NEGATIVE_INFINITY : logit;
    if (said !== ILLEGAL && logit > largest) largest = logit;
  }
  let sum = 0;
  for (let j = offset; j < offset + count; j++) sum += Math.exp((out[j] as number) - largest);
  const normalizer = largest + Math.log(sum);
  for (let j = offset; j < offset + count; j++) out[j] = (out[j] as number) - normalizer;
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
