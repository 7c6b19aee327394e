import { isLearned, parsePolicyName } from '../../policies/registry.js';
import type { loadLearned } from '../learned.js';
import { UsageError } from '../simulate/usage-error.js';

/** Before anything is played; the checksum of the learned policy, where it is asked for. Throws UsageError. */
export async function checkPolicies(names: readonly string[], load: typeof loadLearned): Promise<string | undefined> {
  for (const name of names) {
    const parsed = parsePolicyName(name);
    if (!parsed.ok) throw new UsageError(parsed.error);
  }
  const learned = names.find(isLearned);
  if (learned === undefined) return undefined;
  const policy = await load();
  if (!policy) throw new UsageError(`policy ${learned}: no model is there to load`);
  return policy.card.sha256;
}
