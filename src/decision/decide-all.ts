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

/**
 * Asks every proposer once for the whole batch, and decides from what they say. `fallback` (the planner) is asked where all of them
 * failed; without one it must be among them.
 */
export function decideWith(
  proposers: readonly Proposer[],
  { guards, fallback }: { readonly guards?: readonly Guard[]; readonly fallback?: Proposer } = {},
): DecideAll {
  return async (batch) => {
    const asked = await Promise.all(proposers.map((proposer) => proposer.propose(batch)));
    const proposed = batch.map((_, i) => asked.map((all) => all[i]).filter((proposal) => proposal !== undefined));
    const failed = [...batch.keys()].filter((i) => fallback && !proposed[i]?.some(({ ok }) => ok));
    const more = failed.length > 0 ? await fallback?.propose(failed.map((i) => batch[i] as DecisionInput)) : [];
    for (const [k, i] of failed.entries()) proposed[i]?.push(more?.[k] as Proposal);
    return batch.map(({ workload, window }, i) => decide(workload, window, proposed[i] ?? [], guards));
  };
}
