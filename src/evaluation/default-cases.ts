import { saturationThroughput } from '../decision/serving-profile.js';
import type { ReplicaKind } from '../kisim/replica-kind.js';
import type { RateFamilyName } from '../kisim/traffic/families.js';
import { checkScenario } from '../scenarios/read-scenario.js';
import type { EvaluationCase } from './planned-run.js';

/** Families that the table is made of when no traffic is named: KIS-S's four patterns, and two that are hard to foresee. */
export const DEFAULT_TRAFFIC: readonly RateFamilyName[] = ['ramp', 'spike', 'periodic', 'random', 'on-off', 'surges'];

const PEAK_REPLICAS = 8;
const MAX_REPLICAS = 16;

/** The replicas that a case is played with: their profile, and the name or path under which it was found. */
export interface NamedKind {
  readonly name: string;
  readonly kind: ReplicaKind;
}

/** One hour of a synthetic family with a peak of eight replicas' worth of load, bursty as production traffic is (CV 2). */
export function familyCase(family: RateFamilyName, named: NamedKind): EvaluationCase {
  const { profile } = named.kind;
  const high = PEAK_REPLICAS * saturationThroughput(profile, profile.meanInputTokens, profile.meanOutputTokens);
  return caseOf(family, named, { pattern: family, low: high / 5, high, cv: 2 }, { duration: 3600 });
}

/** A user's trace, or a real one, as it is: its own rates and lengths. */
export function traceCase(file: string, named: NamedKind): EvaluationCase {
  return caseOf(file, named, { file }, {});
}

function caseOf(traffic: string, { name }: NamedKind, source: object, rest: object): EvaluationCase {
  const scenario = checkScenario({
    version: 1,
    name: 'evaluation',
    profile: name,
    replicas: { min: 1, max: MAX_REPLICAS, initial: 3 },
    slo: { metric: 'ttft', limit: 2 },
    traffic: source,
    ...rest,
  });
  if (!scenario.ok) throw new Error(`${traffic}: ${scenario.error}`);
  return { traffic, scenario: scenario.value, folder: '.' };
}
