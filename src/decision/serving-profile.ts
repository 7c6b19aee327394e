import type { Dollars, RequestsPerSecond, Seconds, Tokens } from '../base/units.js';
import { type StepLaw, stepSeconds } from './step-law.js';

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
 * B requests decode: as many as there are slots, KV tokens for, and token budget for beside the prompts that must follow. Each
 * step finishes B / output requests and so as many prompts come in; steps with a prompt's chunk and steps without it take
 * their shares. Pure; result > 0 for positive input.
 */
export function saturationThroughput(
  profile: ServingProfile,
  inputTokens: Tokens,
  outputTokens: Tokens,
): RequestsPerSecond {
  const { law, maxNumSeqs, kvCapacity, maxBatchedTokens } = profile;
  const output = Math.max(1, outputTokens);
  const input = Math.max(1, inputTokens);
  const context = input + output / 2;
  const batch = Math.max(1, Math.min(maxNumSeqs, kvCapacity / context, maxBatchedTokens / (1 + input / output)));
  const finished = batch / output;
  const chunks = Math.max(1, input / Math.max(1, maxBatchedTokens - batch));
  /** Share of the steps that compute prompts, and how many prompts (or what part of one) each of them takes. */
  const share = Math.min(1, finished * chunks);
  const prompts = finished / share;
  const decode = { tokens: batch, decodes: batch, sequences: batch, context: batch * context, pairs: 0 };
  const mixed = {
    ...decode,
    tokens: batch + prompts * input,
    sequences: batch + Math.max(1, prompts),
    pairs: (prompts * input * input) / 2,
  };
  return finished / (share * stepSeconds(law, mixed) + (1 - share) * stepSeconds(law, decode));
}
