import { decide } from './decide.js';
import type { Decision, Proposal, Refusal } from './decision.js';
import type { Guard } from './guards.js';
import type { Window } from './window.js';
import type { Workload } from './workload.js';

/** What one decision is made from. */
export interface DecisionInput {
  readonly workload: Workload;
  readonly window: Window;
}

/** Decisions for a batch, in the order asked. */
export type DecideAll = (batch: readonly DecisionInput[]) => Promise<readonly (Decision | Refusal)[]>;

/** Whoever proposes for a batch, in the order asked; every policy does. */
export interface Proposer {
  propose(batch: readonly DecisionInput[]): Promise<readonly Proposal[]>;
}

/** Asks every proposer once for the whole batch, and decides from what they say. The planner must be among them. */
export function decideWith(proposers: readonly Proposer[], guards?: readonly Guard[]): DecideAll {
  return async (batch) => {
    const proposed = await Promise.all(proposers.map((proposer) => proposer.propose(batch)));
    return batch.map(({ workload, window }, i) => {
      const proposals = proposed.map((proposals) => proposals[i]).filter((proposal) => proposal !== undefined);
      return decide(workload, window, proposals, guards);
    });
  };
}
