import { RATE_FAMILY_NAMES } from '../../kisim/traffic/families.js';
import { CODE, CONVERSATION, MOONCAKE } from '../../scenarios/served-latency.js';
import { type RateSource, TRAINING_SOURCES, twitterSource, weightOf } from '../../scenarios/training-sources.js';
import type { SourcePlan, Split } from './matrix.js';

/** Replicas that serve some ten requests a second between a few of them: GPUs that scale because one is not enough. */
const PROFILES = ['demo-small', 'a10g-llama-3.1-8b', 'a100-80-qwen3-32b'] as const;
/** Prompts of twelve thousand tokens need a large KV cache. */
const LONG_CONTEXT = ['a100-80-llama-3.1-8b'] as const;

/** Seconds that the series hold: the taxi 10,320 intervals of 30 min. */
const TAXI_SPAN = 18_576_000;
/** The World Cup's file begins on 30 April, 21:30, and ends with 29 June. */
const JUNE = 9000 + 31 * 86_400;
const WORLD_CUP_SPAN = JUNE + 29 * 86_400;
/** ServeGen's two weeks of ten minutes; of m-mid 84 windows are missing, and time closes up over them. */
const SERVEGEN_MID_SPAN = 1932 * 600;

const slow = ({ span, ...source }: RateSource, split: Split): SourcePlan => ({
  ...source,
  split,
  section: [0, span],
  isSlow: true,
  ...(source.name.startsWith('twitter-') ? { hasDays: true } : {}),
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

/** Every source with the split that it belongs to. None is in two splits, but for halves that do not overlap. */
export const SOURCES: readonly SourcePlan[] = [
  ...RATE_FAMILY_NAMES.map(
    (pattern): SourcePlan => ({
      name: `synthetic-${pattern}`,
      pattern,
      split: 'train',
      profiles: PROFILES,
      ...(weightOf(pattern) > 1 ? { weight: weightOf(pattern) } : {}),
    }),
  ),
  ...TRAINING_SOURCES.map((source) => slow(source, 'train')),
  slow({ name: 'servegen-mid', file: 'servegen/rate_10min.csv', model: 'm-mid', span: SERVEGEN_MID_SPAN }, 'select'),
  ...['AMZN', 'FB', 'GOOG'].map((ticker) => slow(twitterSource(ticker), 'judge')),
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
