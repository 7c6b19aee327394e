import { saturationThroughput } from '../../decision/serving-profile.js';
import { loadReplicaKind } from '../../kisim/replica-kind.js';
import type { Scenario } from '../../scenarios/scenario.js';
import type { ServedLatency } from '../../scenarios/served-latency.js';
import type { Measured, Unvaried } from './variation.js';

type Lengths = ServedLatency['lengths'];

/** What serves, and how long its requests are. */
export interface Served {
  readonly profile: string;
  readonly lengths: Lengths;
}

/** What a scenario changes, beside profile or lengths, when other replicas serve it or requests of other lengths come. */
export const TRANSPLANTED: readonly string[] = [
  'slo.limit',
  'clientTimeout',
  'traffic.low',
  'traffic.high',
  'traffic.peak',
];

/** The longest that a client waits unless its objective or an ordinary answer is longer than that (see `drawSetting`). */
const PATIENCE = 120;

/**
 * The same window on other replicas, or with requests of other lengths: as much load in replicas, and an objective that is as
 * many times the p99 at 60 % load.
 */
export async function transplant(
  { scenario, lengths }: Pick<Unvaried, 'scenario' | 'lengths'>,
  to: Served,
  { latency }: Measured,
): Promise<Scenario> {
  const { profile, slo, traffic, clientTimeout } = scenario;
  const load = throughputOf(to) / throughputOf({ profile, lengths });
  const [before, after] = [await latency(profile, lengths), await latency(to.profile, to.lengths)];
  const limit = round((slo.limit * after[slo.metric]) / before[slo.metric], 3);
  const { low, high, peak } = traffic;
  return {
    ...scenario,
    profile: to.profile,
    slo: { ...slo, limit },
    clientTimeout: round(Math.max(Math.min(clientTimeout, PATIENCE), 1.5 * limit, 2 * after.e2e), 1),
    traffic: {
      ...traffic,
      ...(low === undefined ? {} : { low: low * load }),
      ...(high === undefined ? {} : { high: high * load }),
      ...(peak === undefined ? {} : { peak: peak * load }),
      ...(to.lengths === lengths || to.lengths === 'profile'
        ? {}
        : { inputTokens: to.lengths.input, outputTokens: to.lengths.output }),
    },
  };
}

function throughputOf({ profile, lengths }: Served): number {
  const kind = loadReplicaKind(profile);
  if (!kind.ok) throw new RangeError(kind.error);
  const { meanInputTokens, meanOutputTokens } = kind.value.profile;
  const { input, output } = lengths === 'profile' ? { input: meanInputTokens, output: meanOutputTokens } : lengths;
  return saturationThroughput(kind.value.profile, input, output);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
