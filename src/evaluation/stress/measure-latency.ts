import type { Ratio, Seconds } from '../../base/units.js';
import { saturationThroughput } from '../../decision/serving-profile.js';
import { loadReplicaKind } from '../../kisim/replica-kind.js';
import { createStatic } from '../../policies/static.js';
import { checkScenario } from '../../scenarios/read-scenario.js';
import { runScenario } from '../../scenarios/run-scenario.js';
import type { ServedLatency } from '../../scenarios/served-latency.js';

const REPLICAS = 4;
const LOAD: Ratio = 0.6;
const WARMUP: Seconds = 300;
const COUNTED: Seconds = 1500;

/**
 * p99 of a profile's latencies by the law behind `LATENCIES`: four replicas at 60 % load by Poisson arrivals for 25 minutes,
 * after five that do not count. Throws RangeError for a profile that is not there.
 */
export async function measureLatency(
  profile: string,
  lengths: ServedLatency['lengths'],
): Promise<Pick<ServedLatency, 'ttft' | 'e2e'>> {
  const kind = loadReplicaKind(profile);
  if (!kind.ok) throw new RangeError(kind.error);
  const { meanInputTokens, meanOutputTokens } = kind.value.profile;
  const { input, output } = lengths === 'profile' ? { input: meanInputTokens, output: meanOutputTokens } : lengths;
  const scenario = checkScenario({
    version: 1,
    name: 'latency',
    profile,
    replicas: { min: REPLICAS, max: REPLICAS },
    traffic: {
      pattern: 'constant',
      high: LOAD * REPLICAS * saturationThroughput(kind.value.profile, input, output),
      ...(lengths === 'profile' ? {} : { inputTokens: input, outputTokens: output }),
    },
    duration: WARMUP + COUNTED,
    warmup: WARMUP,
    clientTimeout: 3600,
  });
  if (!scenario.ok) throw new Error(scenario.error);
  const { statistics } = await runScenario({
    scenario: scenario.value,
    kind: kind.value,
    policy: createStatic(REPLICAS),
    guards: false,
  });
  return { ttft: statistics.ttft.p99, e2e: statistics.e2e.p99 };
}
