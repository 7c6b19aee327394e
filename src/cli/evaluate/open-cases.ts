import { DEFAULT_TRAFFIC, familyCase, traceCase } from '../../evaluation/default-cases.js';
import type { Split } from '../../evaluation/matrix/matrix.js';
import type { EvaluationCase } from '../../evaluation/planned-run.js';
import { loadReplicaKind } from '../../kisim/replica-kind.js';
import { RATE_FAMILY_NAMES, type RateFamilyName } from '../../kisim/traffic/families.js';
import { UsageError } from '../simulate/usage-error.js';
import { openSplit } from './matrix-options.js';

/** The profile of traffic that does not bring its own. */
const PROFILE = 'demo-small';

export interface CaseOptions {
  readonly traffic?: readonly string[] | undefined;
  readonly split?: Split | undefined;
  readonly data?: string | undefined;
  readonly windows?: readonly string[] | undefined;
  readonly profile?: string | undefined;
}

/** What policies are played on: the windows of a split, or files and families. Throws UsageError. */
export function openCases({ traffic, split, data, windows, profile }: CaseOptions): readonly EvaluationCase[] {
  if (split && traffic) throw new UsageError('--split and --traffic exclude each other');
  if (windows && !split) throw new UsageError('--windows: needs --split');
  if (split) return openSplit(split, { data, windows, profile });
  const kind = loadReplicaKind(profile ?? PROFILE);
  if (!kind.ok) throw new UsageError(kind.error);
  const named = { name: profile ?? PROFILE, kind: kind.value };
  return (traffic ?? DEFAULT_TRAFFIC).map((name) => {
    if (RATE_FAMILY_NAMES.includes(name as RateFamilyName)) return familyCase(name as RateFamilyName, named);
    if (!/[./]/.test(name))
      throw new UsageError(`traffic ${name}: there are ${RATE_FAMILY_NAMES.join(', ')}, or give a file`);
    return traceCase(name, named);
  });
}
