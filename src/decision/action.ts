import { clamp } from '../base/numbers.js';
import type { Ratio, Replicas } from '../base/units.js';
import type { Situation } from './situation.js';

/** One move the learned policy can make. */
export interface Action {
  readonly name: string;
  /** Which multiple of the law's count it is; absent: none, it holds. */
  readonly factor?: Ratio;
  /** The count this move leads to, before bounds; an integer. `plan` is what the quantile law asks for, a real number. */
  readonly target: (situation: Situation, plan: number) => Replicas;
}

const plan = (factor: Ratio): Action => ({
  name: factor === 1 ? PLAN_ACTION : `${PLAN_ACTION} x${factor}`,
  factor,
  target: (_, planned) => Math.ceil(factor * planned),
});

/** The move that does what the quantile law does. */
export const PLAN_ACTION = 'plan';

/**
 * The action space: hold, or a multiple of what the quantile law asks for. The present count is up to a minute old, so moves
 * relative to it compound or cancel; the plan is recomputed from the window at every tick. What is learned is the margin: when
 * to stay above the plan, when to undercut it, and when to leave the fleet alone.
 *
 * Index 0 is hold: an argmax over logits that are all NaN falls on index 0, and nothing should happen then.
 */
export const ACTIONS: readonly Action[] = [
  { name: 'hold', target: ({ currentReplicas }) => currentReplicas },
  plan(1),
  plan(0.6),
  plan(0.75),
  plan(0.87),
  plan(1.15),
  plan(1.35),
  plan(1.6),
  plan(2),
];

/** The count of action `index`, where the quantile law asks for `plan` replicas, within the bounds the policy may use (at least 1: going to 0 is a guard's business). */
export function applyAction(index: number, situation: Situation, plan: number): Replicas {
  const action = ACTIONS[index];
  if (!action) throw new RangeError(`action ${index} is not in 0..${ACTIONS.length - 1}`);
  return clamp(action.target(situation, plan), Math.max(1, situation.bounds.minReplicas), situation.bounds.maxReplicas);
}

/** Index of the move that does what the quantile law does. */
export const PLAN_INDEX: number = ACTIONS.findIndex(({ name }) => name === PLAN_ACTION);

/** Names of one count in the order in which they are preferred: the law's own move first, then hold. */
const PREFERRED: readonly number[] = [PLAN_INDEX, ...ACTIONS.keys()].filter(
  (index, i, all) => all.indexOf(index) === i,
);

/**
 * Writes which actions are legal into `out` [ACTIONS.length] at `offset`: 1 legal, 0 not. Of actions that lead to one count
 * only one is legal, so that a probability never sits on two names of one thing: the law's own move where it is among them.
 */
export function writeActionMask(situation: Situation, plan: number, out: Uint8Array, offset = 0): void {
  const seen = new Set<Replicas>();
  for (const index of PREFERRED) {
    const target = applyAction(index, situation, plan);
    out[offset + index] = seen.has(target) ? 0 : 1;
    seen.add(target);
  }
}
