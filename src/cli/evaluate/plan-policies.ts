import { readFileSync } from 'node:fs';
import type { ModelFile, PlannedPolicy } from '../../evaluation/planned-run.js';
import { tunedPolicies } from '../../evaluation/tune/sweep-file.js';
import { withModels, withUnguarded } from '../../evaluation/variants.js';
import { isLearned, settingsOf } from '../../policies/registry.js';
import type { loadLearned } from '../learned.js';
import { UsageError } from '../simulate/usage-error.js';

export interface PolicyOptions {
  readonly policies: readonly string[];
  /** A sweep's file. */
  readonly tuned?: string | undefined;
  /** Model files of other training seeds. */
  readonly models?: readonly string[] | undefined;
  /** Laws that are also played without our guards. */
  readonly unguarded?: readonly string[] | undefined;
}

/** The policies of a command line, with all that is played beside them. Throws UsageError, or as `fs` does. */
export async function planPolicies(
  { policies, tuned, models = [], unguarded = [] }: PolicyOptions,
  load: typeof loadLearned,
): Promise<readonly PlannedPolicy[]> {
  if (models.length > 0 && !policies.some(isLearned))
    throw new UsageError('--models: --policies has none that comes from a file');
  for (const law of unguarded)
    if (!Object.hasOwn(settingsOf(law) ?? {}, 'guards') || !policies.some((name) => name.split(':')[0] === law))
      throw new UsageError(`--unguarded ${law}: must be a law of --policies that can have guards`);
  const files = await Promise.all(models.map((path) => readModel(path, load)));
  return withUnguarded(withModels(withTuned(policies, tuned), files), unguarded);
}

function withTuned(names: readonly string[], file: string | undefined): readonly PlannedPolicy[] {
  if (file === undefined) return names.map((name) => ({ name }));
  const policies = tunedPolicies(names, readFileSync(file, 'utf8'));
  if (!policies.ok) throw new UsageError(`${file}: ${policies.error}`);
  return policies.value;
}

async function readModel(path: string, load: typeof loadLearned): Promise<ModelFile> {
  const policy = await load(path);
  if (!policy) throw new UsageError(`--models ${path}: must be a model with its card`);
  return { path, sha256: policy.card.sha256 };
}
