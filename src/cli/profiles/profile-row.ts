import { saturationThroughput } from '../../decision/serving-profile.js';
import { stepSeconds } from '../../decision/step-law.js';
import type { ProfileFile } from '../../kisim/profiles/profile-schema.js';
import { toServingProfile } from '../../kisim/profiles/to-serving-profile.js';

/** One line of `kiscaler profiles`: what a replica is, and how fast. Times in milliseconds. */
export interface ProfileRow {
  readonly name: string;
  readonly engine: ProfileFile['engine'];
  readonly gpu: string;
  readonly model: string;
  readonly tensorParallel: number;
  readonly kind: ProfileFile['kind'];
  readonly pricePerHour: number;
  readonly maxNumSeqs: number;
  /** Requests per second when it never lacks work, at the profile's own token lengths. */
  readonly saturation_rps: number;
  /** vLLM: tokens of KV cache, a decode step of one and of 64 sequences at 1,024 tokens of context, a prompt of 2,048 tokens. */
  readonly kvCapacityTokens?: number;
  readonly decode_b1_ms?: number;
  readonly decode_b64_ms?: number;
  readonly prefill_2048_ms?: number;
  /** Triton: an execution of one request, and of the largest batch. */
  readonly batch_1_ms?: number;
  readonly batch_max_ms?: number;
}

const CONTEXT = 1024;
const PROMPT = 2048;
const MS = 1e3;

export function toProfileRow(file: ProfileFile): ProfileRow {
  const profile = toServingProfile(file);
  const { name, engine, gpu, model, tensorParallel, kind, pricePerHour } = file;
  return {
    name,
    engine,
    gpu,
    model,
    tensorParallel,
    kind,
    pricePerHour,
    maxNumSeqs: profile.maxNumSeqs,
    saturation_rps: saturationThroughput(profile, profile.meanInputTokens, profile.meanOutputTokens),
    ...(profile.engine === 'vllm' ? speedOfVllm(profile) : speedOfTriton(profile)),
  };
}

type Profile = ReturnType<typeof toServingProfile>;

function speedOfVllm({ law, kvCapacity }: Extract<Profile, { engine: 'vllm' }>) {
  const decode = (batch: number): number =>
    MS * stepSeconds(law, { tokens: batch, decodes: batch, sequences: batch, context: batch * CONTEXT, pairs: 0 });
  const prompt = { tokens: PROMPT, decodes: 0, sequences: 1, context: 0, pairs: (PROMPT * PROMPT) / 2 };
  return {
    kvCapacityTokens: kvCapacity,
    decode_b1_ms: decode(1),
    decode_b64_ms: decode(64),
    prefill_2048_ms: MS * stepSeconds(law, prompt),
  };
}

function speedOfTriton({ law, maxBatchSize }: Extract<Profile, { engine: 'triton' }>) {
  return {
    batch_1_ms: MS * (law.base + law.perRequest),
    batch_max_ms: MS * (law.base + law.perRequest * maxBatchSize),
  };
}
