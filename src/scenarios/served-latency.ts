import type { Seconds, Tokens } from '../base/units.js';

/** Mean lengths of requests. */
export interface MeanLengths {
  readonly input: Tokens;
  readonly output: Tokens;
}

/** p99 of a replica's latencies at 60 % load, by the lengths of its requests. */
export interface ServedLatency {
  readonly profile: string;
  readonly lengths: 'profile' | MeanLengths;
  readonly ttft: Seconds;
  readonly e2e: Seconds;
}

/** Of the traces that hold requests one by one (Azure 2023, Mooncake 2024). */
export const CONVERSATION: MeanLengths = { input: 1155, output: 211 };
export const CODE: MeanLengths = { input: 2048, output: 28 };
export const MOONCAKE: MeanLengths = { input: 12_035, output: 343 };
/** Of nobody's in particular: short questions with long answers, and long texts with short ones. */
export const CHAT: MeanLengths = { input: 384, output: 320 };
export const DOCUMENTS: MeanLengths = { input: 1536, output: 160 };

/**
 * What objectives are multiples of: p99 of four replicas at 60 % load by Poisson arrivals for 25 minutes, measured in KISim at
 * each profile's own lengths and at others. None of them depends on when the requests of a trace come.
 */
export const LATENCIES: readonly ServedLatency[] = [
  { profile: 'demo-small', lengths: 'profile', ttft: 0.199, e2e: 27.52 },
  { profile: 'demo-small', lengths: CONVERSATION, ttft: 1.158, e2e: 49.84 },
  { profile: 'demo-small', lengths: CODE, ttft: 2.767, e2e: 10.64 },
  { profile: 'a10g-llama-3.1-8b', lengths: 'profile', ttft: 0.639, e2e: 49.84 },
  { profile: 'a10g-llama-3.1-8b', lengths: CONVERSATION, ttft: 1.826, e2e: 52.89 },
  { profile: 'a10g-llama-3.1-8b', lengths: CODE, ttft: 3.44, e2e: 11.07 },
  { profile: 'a100-80-qwen3-32b', lengths: 'profile', ttft: 0.779, e2e: 71.19 },
  { profile: 'a100-80-qwen3-32b', lengths: CONVERSATION, ttft: 1.755, e2e: 77.06 },
  { profile: 'a100-80-qwen3-32b', lengths: CODE, ttft: 4.111, e2e: 15.81 },
  { profile: 'a100-80-llama-3.1-8b', lengths: MOONCAKE, ttft: 11.744, e2e: 69.79 },
  { profile: 'demo-small', lengths: CHAT, ttft: 0.278, e2e: 64.48 },
  { profile: 'demo-small', lengths: DOCUMENTS, ttft: 3.307, e2e: 40.09 },
  { profile: 'a10g-llama-3.1-8b', lengths: CHAT, ttft: 5.012, e2e: 78.6 },
  { profile: 'a10g-llama-3.1-8b', lengths: DOCUMENTS, ttft: 3.116, e2e: 41.71 },
  { profile: 'a100-80-qwen3-32b', lengths: CHAT, ttft: 0.504, e2e: 105.78 },
  { profile: 'a100-80-qwen3-32b', lengths: DOCUMENTS, ttft: 2.659, e2e: 57.26 },
  { profile: 'l4-qwen2.5-7b', lengths: 'profile', ttft: 0.734, e2e: 95.81 },
  { profile: 'l4-qwen2.5-7b', lengths: CHAT, ttft: 0.475, e2e: 145.22 },
  { profile: 'l4-qwen2.5-7b', lengths: DOCUMENTS, ttft: 2.139, e2e: 81.77 },
  { profile: 'a100-80-llama-3.1-70b-tp4', lengths: 'profile', ttft: 0.627, e2e: 56.13 },
  { profile: 'a100-80-llama-3.1-70b-tp4', lengths: CHAT, ttft: 0.413, e2e: 81.77 },
  { profile: 'a100-80-llama-3.1-70b-tp4', lengths: DOCUMENTS, ttft: 1.899, e2e: 56.13 },
  { profile: 'a100-80-mistral-nemo-12b', lengths: 'profile', ttft: 0.346, e2e: 34.9 },
  { profile: 'a100-80-mistral-nemo-12b', lengths: CHAT, ttft: 0.233, e2e: 52.89 },
  { profile: 'a100-80-mistral-nemo-12b', lengths: DOCUMENTS, ttft: 1.091, e2e: 33.54 },
];

/** What was measured of a profile at these lengths. Throws RangeError where nothing was. */
export function servedLatency(
  profile: string,
  lengths: ServedLatency['lengths'],
  latencies: readonly ServedLatency[] = LATENCIES,
): ServedLatency {
  const measured = latencies.filter((one) => JSON.stringify(one.lengths) === JSON.stringify(lengths));
  const served = measured.find((one) => one.profile === profile);
  if (served) return served;
  const known = measured.map((one) => one.profile).join(', ');
  throw new RangeError(`profile ${profile}: no latency is known at these lengths, but of ${known}`);
}
