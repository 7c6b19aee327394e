import type { Replicas } from '../base/units.js';
import { PLANNER } from './decide.js';
import { type DecideAll, type DecisionInput, decideWith, type Proposer } from './decide-all.js';
import type { Decision } from './decision.js';
import { findNearestChange, isMomentary, type NearestChange } from './nearest-change.js';
import { situationOf } from './situation.js';
import { withoutIllegalSamples } from './window.js';

/** What one law would have done in a decision's place. */
export type Rival =
  | { readonly policy: string; readonly replicas: Replicas }
  | { readonly policy: string; readonly because: string };

/** All that can be said of one decision. */
export interface Explanation
  extends Pick<
    Decision,
    'tick' | 'replicas' | 'currentReplicas' | 'source' | 'because' | 'sentence' | 'driver' | 'corrections'
  > {
  readonly namespace: string;
  readonly name: string;
  readonly policy: string;
  /** What the policy (or the planner in its place) asked for, before the guards. */
  readonly proposed: Replicas;
  /** The other proposals of the tick, without our guards. */
  readonly rivals: readonly Rival[];
  /** Absent: no change of one input up to four times its value gives another count. */
  readonly nearest?: NearestChange;
}

/**
 * Explains a decision that was made from `input`. `decideAll` answers what would have been decided on other inputs; the workload's
 * own policy and the planner are enough for it. Deterministic where that is.
 */
export async function explainDecision(
  { workload, window }: DecisionInput,
  decision: Decision,
  decideAll: DecideAll,
): Promise<Explanation> {
  const { tick, replicas, currentReplicas, source, because, sentence, driver, corrections, proposals } = decision;
  const chosen = source === 'policy' ? workload.policy : 'planner';
  const nearest = await findNearestChange(situationOf(workload, withoutIllegalSamples(window)), decision, decideAll);
  return {
    namespace: workload.namespace,
    name: workload.name,
    tick,
    policy: workload.policy,
    replicas,
    currentReplicas,
    source,
    ...(because === undefined ? {} : { because }),
    sentence,
    proposed: corrections[0]?.from ?? replicas,
    ...(driver ? { driver } : {}),
    corrections,
    rivals: proposals.filter(({ policy }) => policy !== chosen).map(toRival),
    ...(nearest ? { nearest } : {}),
  };
}

/**
 * How other inputs are decided by whoever made `decision`: the workload's policy, with the planner where it fails; the planner
 * alone where the policy failed for a reason of the moment, so that a model's recovery is never told as an input's effect.
 */
export function decideLike(decision: Decision, policy: Proposer | undefined, planner: Proposer): DecideAll {
  if (policy && !isMomentary(decision.because)) return decideWith([policy], { fallback: planner });
  const all = decideWith([planner]);
  return (batch) => all(batch.map(({ workload, window }) => ({ workload: { ...workload, policy: PLANNER }, window })));
}

function toRival(proposal: Decision['proposals'][number]): Rival {
  const { policy } = proposal;
  return proposal.ok ? { policy, replicas: proposal.replicas } : { policy, because: proposal.because };
}
