import type { Replicas } from '../base/units.js';
import type { DecideAll, DecisionInput } from './decide-all.js';
import type { Decision } from './decision.js';
import { findNearestChange, type NearestChange } from './nearest-change.js';
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

function toRival(proposal: Decision['proposals'][number]): Rival {
  const { policy } = proposal;
  return proposal.ok ? { policy, replicas: proposal.replicas } : { policy, because: proposal.because };
}
