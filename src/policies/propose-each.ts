import type { Proposal } from '../decision/decision.js';
import { type Situation, situationOf } from '../decision/situation.js';
import type { Policy, PolicyInput } from './policy.js';

export { situationOf } from '../decision/situation.js';

/** A policy from a plain law: one situation in, one real replica count out (rounded up; NaN becomes a failure, never a 0). */
export function policyFromLaw(name: string, law: (situation: Situation) => number): Policy {
  const proposeOne = ({ workload, window }: PolicyInput): Proposal => {
    const replicas = Math.ceil(law(situationOf(workload, window)));
    if (!Number.isFinite(replicas)) return { policy: name, ok: false, because: 'KIS_OBSERVATION_INCOMPLETE' };
    return { policy: name, ok: true, replicas: Math.max(0, replicas) };
  };
  return { name, propose: (batch) => Promise.resolve(batch.map(proposeOne)) };
}
