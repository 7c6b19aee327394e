import { behaviorOf, type HpaBehavior } from '../../kisim/control.js';
import { RETRY_CAUSES } from '../../kisim/fleet/retries.js';
import type { Scenario } from '../../scenarios/scenario.js';
import type { MeanLengths } from '../../scenarios/served-latency.js';
import { FAULT_VARIATIONS } from './faults.js';
import { TRANSPLANTED, transplant } from './transplant.js';
import type { Measured, Unvaried, Variation } from './variation.js';

/** GPUs and models that neither the matrix nor training has. */
export const OTHER_PROFILES = ['l40s-qwen3-14b', 't4-llama-3.2-3b', 'rtx-pro-6000-server-yi-34b'] as const;

/** Answers so long that the KV cache of the matrix's profiles is full before their slots are. */
const LONG_ANSWERS: MeanLengths = { input: 1200, output: 900 };
const LENGTHENED: readonly string[] = ['traffic.inputTokens', 'traffic.outputTokens', ...TRANSPLANTED];
/** The HPA's own tolerance, where a ScaledObject does not set it to 0. */
const TOLERANCE = 0.1;

/** Every variation, by what it is about. */
export const VARIATIONS: readonly Variation[] = [
  belief('capacity-low', 'the operator takes replicas for half as fast as they are', { throughput: 0.5 }),
  belief('capacity-high', 'the operator takes replicas for half as fast again as they are', { throughput: 1.5 }),
  belief('cold-start-half', 'cold starts take half of what the operator has declared', { coldStart: 2 }),
  belief('cold-start-triple', 'cold starts take three times what the operator has declared', { coldStart: 1 / 3 }),
  {
    name: 'metrics-late',
    meaning: 'what is decided on is a minute older',
    changes: ['telemetry.lag'],
    vary: ({ scenario }) => ({
      ...scenario,
      telemetry: { ...scenario.telemetry, lag: scenario.telemetry.lag + 60 },
    }),
  },
  {
    name: 'tolerance',
    meaning: 'the HPA ignores changes within 10 %, as it does where a ScaledObject does not set its tolerance',
    changes: ['control.behavior'],
    vary: ({ scenario }) => tolerant(scenario),
  },
  {
    name: 'poll-30',
    meaning: 'KEDA polls every 30 s and the HPA is given what the last poll read',
    changes: ['control.pollingInterval', 'control.useCachedMetrics'],
    vary: ({ scenario }) => ({
      ...scenario,
      control: { ...scenario.control, pollingInterval: 30, useCachedMetrics: true },
    }),
  },
  {
    name: 'other-profiles',
    meaning: `GPUs and models of no training: ${OTHER_PROFILES.join(', ')} in turns, as much load in replicas`,
    changes: ['profile', ...TRANSPLANTED],
    vary: (window, measured) => {
      const profile = OTHER_PROFILES[window.index % OTHER_PROFILES.length] as string;
      return transplant(window, { profile, lengths: window.lengths }, measured);
    },
  },
  {
    name: 'retry-storm',
    meaning: 'clients try up to eight times, a second apart and without a budget',
    changes: ['fleet.retries'],
    vary: ({ scenario }) => ({ ...scenario, fleet: { ...scenario.fleet, retries: STORM } }),
  },
  hidden('no-latency', 'nothing is seen of latencies', ['latency']),
  hidden('no-headroom', 'nothing is seen of the KV cache', ['kvUsage', 'preemptions']),
  {
    name: 'preemption',
    meaning: 'answers of 900 tokens fill the KV cache, and requests are preempted; recordings of requests are left out',
    changes: LENGTHENED,
    vary: withLongAnswers,
  },
  {
    name: 'preemption-no-headroom',
    meaning: 'the same, and nothing is seen of the KV cache',
    changes: [...LENGTHENED, 'faults'],
    against: 'preemption',
    vary: async (window, measured) => {
      const scenario = await withLongAnswers(window, measured);
      return scenario && hide(scenario, ['kvUsage', 'preemptions']);
    },
  },
  ...FAULT_VARIATIONS,
];

const STORM: NonNullable<Scenario['fleet']['retries']> = {
  on: [...RETRY_CAUSES],
  attempts: 8,
  backoff: 1,
  factor: 1,
  maxBackoff: 30,
  jitter: 0,
  budget: 'unlimited',
};

function belief(name: string, meaning: string, wrong: Partial<NonNullable<Scenario['beliefs']>>): Variation {
  return {
    name,
    meaning,
    changes: ['beliefs'],
    vary: ({ scenario }) => ({ ...scenario, beliefs: { throughput: 1, coldStart: 1, ...scenario.beliefs, ...wrong } }),
  };
}

type SeriesName = Extract<Scenario['faults'][number], { kind: 'metrics-renamed' }>['series'][number];

function hidden(name: string, meaning: string, series: readonly SeriesName[]): Variation {
  return { name, meaning, changes: ['faults'], vary: ({ scenario }) => hide(scenario, series) };
}

function hide(scenario: Scenario, series: readonly SeriesName[]): Scenario {
  return { ...scenario, faults: [...scenario.faults, { kind: 'metrics-renamed', at: 0, series: [...series] }] };
}

function tolerant(scenario: Scenario): Scenario | undefined {
  const behavior = behaviorOf(scenario.control.behavior);
  if (behavior === 'none') return undefined;
  const loosen = (rules: HpaBehavior['scaleUp']) => ({
    ...rules,
    policies: [...rules.policies],
    tolerance: TOLERANCE,
  });
  const loose = { scaleUp: loosen(behavior.scaleUp), scaleDown: loosen(behavior.scaleDown) };
  return { ...scenario, control: { ...scenario.control, behavior: loose } };
}

async function withLongAnswers(window: Unvaried, measured: Measured): Promise<Scenario | undefined> {
  if (window.lengths !== 'profile') return undefined;
  return transplant(window, { profile: window.scenario.profile, lengths: LONG_ANSWERS }, measured);
}
