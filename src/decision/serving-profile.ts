import type { Dollars, RequestsPerSecond, Seconds, Tokens } from '../base/units.js';

/**
 * Seconds that one engine step takes (continuous batching, chunked prefill):
 * base + perToken * tokens + perDecode * decodes + perKvToken * (contexts of the decodes)
 *      + sum over prefill chunks of perPrefillPair * chunk * (history + chunk / 2).
 */
export interface StepLaw {
  readonly base: Seconds;
  readonly perToken: Seconds;
  readonly perDecode: Seconds;
  readonly perKvToken: Seconds;
  readonly perPrefillPair: Seconds;
}

/** What one engine step computes. */
export interface StepWork {
  /** All tokens of the step: one per decode, and the prefill chunks. */
  tokens: number;
  /** Sequences that decode one token in it. */
  decodes: number;
  /** Sum of the decodes' contexts, in tokens, before the step. */
  context: number;
  /** Sum over prefill chunks of chunk * (history + chunk / 2). */
  pairs: number;
}

/** Seconds that a step takes. Pure, and the only place where the law is evaluated. */
export function stepSeconds(law: StepLaw, { tokens, decodes, context, pairs }: StepWork): Seconds {
  return (
    law.base + law.perToken * tokens + law.perDecode * decodes + law.perKvToken * context + law.perPrefillPair * pairs
  );
}

/** How one replica of a model serves on one kind of GPU. */
export interface ServingProfile {
  readonly name: string;
  readonly law: StepLaw;
  readonly maxNumSeqs: number;
  readonly maxBatchedTokens: Tokens;
  /** Tokens of KV cache; blocks = kvCapacity / blockSize. */
  readonly kvCapacity: Tokens;
  readonly blockSize: Tokens;
  readonly gpus: number;
  readonly gpuMemory: { readonly totalMiB: number; readonly usedMiB: number; readonly reservedMiB: number };
  /** Median seconds from creation to ready. */
  readonly coldStart: Seconds;
  readonly pricePerHour: Dollars;
  readonly meanInputTokens: Tokens;
  readonly meanOutputTokens: Tokens;
}

/**
 * Requests per second that one replica completes when it never lacks work, at the given mean lengths.
 * With B = min(maxNumSeqs, KV tokens / mean context) requests decoding, each step finishes B / output requests and so
 * carries the prefill of as many; the steady state divides one by the other. Pure; result > 0 for positive input.
 */
export function saturationThroughput(
  profile: ServingProfile,
  inputTokens: Tokens,
  outputTokens: Tokens,
): RequestsPerSecond {
  const output = Math.max(1, outputTokens);
  const input = Math.max(1, inputTokens);
  const context = input + output / 2;
  const batch = Math.max(1, Math.min(profile.maxNumSeqs, profile.kvCapacity / context));
  const { base, perToken, perDecode, perKvToken, perPrefillPair } = profile.law;
  const finishedPerStep = batch / output;
  const decode = base + (perToken + perDecode) * batch + perKvToken * batch * context;
  const prefill = finishedPerStep * (perToken * input + (perPrefillPair * input * input) / 2);
  return finishedPerStep / (decode + prefill);
}
