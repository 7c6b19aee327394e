import { normal } from '../../base/distributions.js';
import { clamp } from '../../base/numbers.js';
import type { Rng } from '../../base/rng.js';
import type { Tokens } from '../../base/units.js';

/** Log-normal lengths: mean tokens, and the standard deviation of the logarithm (0: every request alike). */
export interface TokenLengths {
  readonly meanInput: Tokens;
  readonly meanOutput: Tokens;
  readonly inputSigma: number;
  readonly outputSigma: number;
}

/** Spread of the Azure conversation trace of 2023: ln(p90 / p50) / 1.2816, input 2735 / 1020, output 424 / 129. */
export const CONVERSATION_SIGMA = { inputSigma: 0.77, outputSigma: 0.93 } as const;

/** Longest request in means, so that no draw exceeds what a replica can hold at all. */
const LONGEST = 8;

export function conversationLengths(meanInput: Tokens, meanOutput: Tokens): TokenLengths {
  return { meanInput, meanOutput, ...CONVERSATION_SIGMA };
}

/** One length in [1, 8 means], an integer; the mean of draws is `mean` but for that cut. Two draws of `rng`. */
export function drawLength(rng: Rng, mean: Tokens, sigma: number): Tokens {
  const length = mean * Math.exp(sigma * normal(rng) - (sigma * sigma) / 2);
  return Math.round(clamp(length, 1, Math.max(1, LONGEST * mean)));
}
