import type { Tokens } from '../../base/units.js';
import { type LengthDistribution, logNormalLength } from './length-distribution.js';

/** How long prompts and answers are; independent of each other. */
export interface TokenLengths {
  readonly input: LengthDistribution;
  readonly output: LengthDistribution;
}

/** Spread of the Azure conversation trace of 2023: ln(p90 / p50) / 1.2816, input 2735 / 1020, output 424 / 129. */
export const CONVERSATION_SIGMA = { input: 0.77, output: 0.93 } as const;

/** Log-normal lengths with the spread of a real conversation trace. */
export function conversationLengths(meanInput: Tokens, meanOutput: Tokens): TokenLengths {
  return {
    input: logNormalLength(meanInput, CONVERSATION_SIGMA.input),
    output: logNormalLength(meanOutput, CONVERSATION_SIGMA.output),
  };
}
