import type { Replicas } from '../base/units.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

/** Always the same count: the rival that needs no signals at all. */
export function createStatic(replicas: Replicas): Policy {
  return policyFromLaw(`static-${replicas}`, () => replicas);
}
