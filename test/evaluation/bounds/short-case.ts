import { familyCase } from '../../../src/evaluation/default-cases.js';
import type { EvaluationCase } from '../../../src/evaluation/planned-run.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import type { RateFamilyName } from '../../../src/kisim/traffic/families.js';

interface Drawn {
  readonly profile?: string;
  readonly coldStart: number;
  readonly duration?: number;
  readonly slo?: EvaluationCase['scenario']['slo'];
  readonly clientTimeout?: number;
}

/** Some minutes of a family, of which the first is not counted. */
export function shortCase(
  family: RateFamilyName,
  { profile = 'demo-small', coldStart, duration = 300, ...rest }: Drawn,
): EvaluationCase {
  const kind = loadReplicaKind(profile);
  if (!kind.ok) throw new Error(kind.error);
  const one = familyCase(family, { name: profile, kind: kind.value });
  const { sigma } = one.scenario.coldStart;
  return {
    ...one,
    scenario: { ...one.scenario, ...rest, coldStart: { median: coldStart, sigma }, duration, warmup: 60 },
  };
}
