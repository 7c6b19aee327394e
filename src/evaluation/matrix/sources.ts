import { RATE_FAMILY_NAMES } from '../../kisim/traffic/families.js';
import type { ServedLatency, SourcePlan, Split } from './matrix.js';

/** Replicas that serve some ten requests a second between a few of them: GPUs that scale because one is not enough. */
const PROFILES = ['demo-small', 'a10g-llama-3.1-8b', 'a100-80-qwen3-32b'] as const;
/** Prompts of twelve thousand tokens need a large KV cache. */
const LONG_CONTEXT = ['a100-80-llama-3.1-8b'] as const;

const CONVERSATION = { input: 1155, output: 211 };
const CODE = { input: 2048, output: 28 };
const MOONCAKE = { input: 12_035, output: 343 };

/** Seconds that the series hold (numenta/NAB: 15,831 intervals of 5 min at least; the taxi 10,320 of 30 min). */
const TWITTER_SPAN = 4_749_000;
const TAXI_SPAN = 18_576_000;
/** The World Cup's file begins on 30 April, 21:30, and ends with 29 June. */
const JUNE = 9000 + 31 * 86_400;
const WORLD_CUP_SPAN = JUNE + 29 * 86_400;
/** ServeGen's two weeks of ten minutes; of m-mid 84 windows are missing, and time closes up over them. */
const SERVEGEN_LARGE_SPAN = 2016 * 600;
const SERVEGEN_MID_SPAN = 1932 * 600;

const twitter = (ticker: string, split: Split): SourcePlan => ({
  name: `twitter-${ticker.toLowerCase()}`,
  file: `nab/Twitter_volume_${ticker}.csv`,
  split,
  section: [0, TWITTER_SPAN],
  isSlow: true,
  hasDays: true,
  profiles: PROFILES,
});

/** The two halves of a recording: what it is chosen by, and what it is judged by. */
function halves(
  plan: Omit<SourcePlan, 'split' | 'section' | 'name'> & { readonly name: string },
  [begin, middle, end]: readonly [number, number, number],
): readonly SourcePlan[] {
  return [
    { ...plan, name: `${plan.name}-1`, split: 'select', section: [begin, middle] },
    { ...plan, name: `${plan.name}-2`, split: 'judge', section: [middle, end] },
  ];
}

/** Silences and surges are what transfer depends on: they count twice (policy study, "training traffic"). */
const TWICE: readonly string[] = ['on-off', 'surges'];

/** Every source with the split that it belongs to. None is in two splits, but for halves that do not overlap. */
export const SOURCES: readonly SourcePlan[] = [
  ...RATE_FAMILY_NAMES.map(
    (pattern): SourcePlan => ({
      name: `synthetic-${pattern}`,
      pattern,
      split: 'train',
      profiles: PROFILES,
      ...(TWICE.includes(pattern) ? { weight: 2 } : {}),
    }),
  ),
  {
    name: 'servegen-large',
    file: 'servegen/rate_10min.csv',
    model: 'm-large',
    split: 'train',
    section: [0, SERVEGEN_LARGE_SPAN],
    isSlow: true,
    profiles: PROFILES,
  },
  ...['CRM', 'CVS', 'IBM', 'KO', 'PFE', 'UPS'].map((ticker) => twitter(ticker, 'train')),
  {
    name: 'servegen-mid',
    file: 'servegen/rate_10min.csv',
    model: 'm-mid',
    split: 'select',
    section: [0, SERVEGEN_MID_SPAN],
    isSlow: true,
    profiles: PROFILES,
  },
  ...['AMZN', 'FB', 'GOOG'].map((ticker) => twitter(ticker, 'judge')),
  ...halves({ name: 'taxi', file: 'nab/nyc_taxi.csv', isSlow: true, hasDays: true, profiles: PROFILES }, [
    0,
    TAXI_SPAN / 2,
    TAXI_SPAN,
  ]),
  ...halves(
    {
      name: 'worldcup',
      file: 'worldcup98/requests_per_minute.csv.gz',
      isSlow: true,
      hasDays: true,
      profiles: PROFILES,
    },
    [0, JUNE, WORLD_CUP_SPAN],
  ),
  ...halves(
    { name: 'mooncake', file: 'mooncake/conversation_trace.jsonl', lengths: MOONCAKE, profiles: LONG_CONTEXT },
    [0, 1768, 3536],
  ),
  ...halves(
    {
      name: 'azure-conv',
      file: 'azure_llm2023/AzureLLMInferenceTrace_conv.csv',
      lengths: CONVERSATION,
      profiles: PROFILES,
    },
    [0, 1750, 3500],
  ),
  ...halves(
    { name: 'azure-code', file: 'azure_llm2023/AzureLLMInferenceTrace_code.csv', lengths: CODE, profiles: PROFILES },
    [0, 1717, 3434],
  ),
];

/**
 * What objectives are multiples of: p99 of four replicas at 60 % load by Poisson arrivals for 25 minutes, measured in KISim at
 * each profile's own lengths and at those of the traces. None of them depends on when the requests of a trace come.
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
];
