import type { Dollars, Requests, RequestsPerSecond, Seconds, Tokens } from '../base/units.js';
import { type StepLaw, stepSeconds } from './step-law.js';

/** What profiles of all engines say. */
interface CommonProfile {
  readonly name: string;
  /** Requests that one replica works on at once. */
  readonly maxNumSeqs: Requests;
  readonly gpus: number;
  /** The slice of a GPU that it has, like 1g.10gb; absent: whole GPUs. */
  readonly migSlice?: string;
  readonly gpuMemory: { readonly totalMiB: number; readonly usedMiB: number; readonly reservedMiB: number };
  /** Median seconds from creation to ready. */
  readonly coldStart: Seconds;
  readonly pricePerHour: Dollars;
  readonly meanInputTokens: Tokens;
  readonly meanOutputTokens: Tokens;
}

/** How one replica of a language model serves under vLLM on one kind of GPU. */
export interface VllmProfile extends CommonProfile {
  readonly engine: 'vllm';
  readonly law: StepLaw;
  readonly maxBatchedTokens: Tokens;
  /** Tokens of KV cache; blocks = kvCapacity / blockSize. */
  readonly kvCapacity: Tokens;
  readonly blockSize: Tokens;
}

/** Seconds that one execution of b requests takes: base + perRequest * b. */
export interface BatchLaw {
  readonly base: Seconds;
  readonly perRequest: Seconds;
}

/** How one replica of a model serves under Triton's dynamic batcher on one kind of GPU; maxNumSeqs = maxBatchSize * instances. */
export interface TritonProfile extends CommonProfile {
  readonly engine: 'triton';
  readonly law: BatchLaw;
  readonly maxBatchSize: Requests;
  /** Sizes at which a batch is sent without waiting; empty: the largest. */
  readonly preferredBatchSizes: readonly Requests[];
  /** Seconds that the oldest request may wait for a preferred size. */
  readonly maxQueueDelay: Seconds;
  readonly instances: number;
  /** Requests that may wait; one more is refused. Absent: no limit. */
  readonly maxQueueSize?: Requests;
  /** GPU memory that one more request in execution takes, beside what the loaded model takes (gpuMemory.usedMiB). */
  readonly memoryPerRequestMiB: number;
}

export type EngineName = ServingProfile['engine'];

/** How one replica of a model serves on one kind of GPU. */
export type ServingProfile = VllmProfile | TritonProfile;

/**
 * Requests per second that one replica completes when it never lacks work, at the given mean lengths (which only a language
 * model has). Pure; result > 0 for positive input.
 */
export function saturationThroughput(
  profile: ServingProfile,
  inputTokens: Tokens,
  outputTokens: Tokens,
): RequestsPerSecond {
  if (profile.engine === 'vllm')
    return languageThroughput(profile, Math.max(1, inputTokens), Math.max(1, outputTokens));
  const { law, maxBatchSize, instances } = profile;
  return (instances * maxBatchSize) / (law.base + law.perRequest * maxBatchSize);
}

/**
 * B requests decode: as many as there are slots, KV tokens for, and token budget for beside the prompts that must follow. Each
 * step finishes B / output requests and so as many prompts come in; steps with a prompt's chunk and steps without it take
 * their shares.
 */
function languageThroughput(profile: VllmProfile, input: Tokens, output: Tokens): RequestsPerSecond {
  const { law, maxNumSeqs, kvCapacity, maxBatchedTokens } = profile;
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
