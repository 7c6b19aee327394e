import { decide } from '../decision/decide.js';
import type { Decision, Proposal, Refusal } from '../decision/decision.js';
import { GUARDS, type Guard } from '../decision/guards.js';
import type { Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';

/** What one tick came to, and what the scaler answers KEDA because of it (undefined: an error, the HPA holds). */
export interface Answer {
  readonly metricTotal: number | undefined;
  readonly outcome: Decision | Refusal | 'unguarded';
}

/** Our own way: `decide` with all guards, or those given. `proposals` must hold the planner's. Pure. */
export function answerGuarded(
  workload: Workload,
  window: Window,
  proposals: readonly Proposal[],
  guards: readonly Guard[] = GUARDS,
): Answer {
  const outcome = decide(workload, window, proposals, guards);
  return { metricTotal: outcome.kind === 'decision' ? metricValue(workload, outcome) : undefined, outcome };
}

/** As GetMetrics answers it: where the HPA has a tolerance, D - 0.999 on the way down, which it still rounds up to D. */
function metricValue({ hpaTolerance }: Workload, { replicas, currentReplicas }: Decision): number {
  const isNudged = hpaTolerance > 0 && replicas > 0 && replicas < currentReplicas;
  return isNudged ? replicas - 0.999 : replicas;
}

/** The way of a rival law: its number goes to the HPA as it is, and its failure is an error. Pure. */
export function answerUnguarded(proposal: Proposal | undefined): Answer {
  const isUsable = proposal?.ok === true && Number.isFinite(proposal.replicas) && proposal.replicas >= 0;
  return { metricTotal: isUsable ? proposal.replicas : undefined, outcome: 'unguarded' };
}
