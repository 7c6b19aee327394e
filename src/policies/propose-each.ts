import type { Proposal } from '../decision/decision.js';
import { assess, type Situation } from '../decision/situation.js';
import type { Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';
import type { Policy, PolicyInput } from './policy.js';

/** A policy from a plain law: one situation in, one real replica count out (rounded up; NaN becomes a failure, never a 0). */
export function policyFromLaw(name: string, law: (situation: Situation) => number): Policy {
  const proposeOne = ({ workload, window }: PolicyInput): Proposal => {
    const replicas = Math.ceil(law(situationOf(workload, window)));
    if (!Number.isFinite(replicas)) return { policy: name, ok: false, because: 'KIS_OBSERVATION_INCOMPLETE' };
    return { policy: name, ok: true, replicas: Math.max(0, replicas) };
  };
  return { name, propose: (batch) => Promise.resolve(batch.map(proposeOne)) };
}

/** Situations by window: every law of a tick reads the same one, so it is computed once. */
const situations = new WeakMap<Window, Situation>();

/** Everything read off a window, computed once for all who ask. */
export function situationOf(workload: Workload, window: Window): Situation {
  const known = situations.get(window);
  if (known?.workload === workload) return known;
  const situation = assess(workload, window);
  situations.set(window, situation);
  return situation;
}
