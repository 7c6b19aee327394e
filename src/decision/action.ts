import { clamp } from '../base/numbers.js';
import type { Ratio, Replicas } from '../base/units.js';
import type { Situation } from './situation.js';

/** One move the learned policy can make. */
export interface Action {
  readonly name: string;
  /** The count this move leads to, before bounds; an integer. */
  readonly target: (situation: Situation) => Replicas;
}

const plan = (factor: Ratio): Action => ({
  name: factor === 1 ? 'plan' : `plan x${factor}`,
  target: (situation) => Math.ceil(factor * situation.plan),
});

/**
 * The action space: hold, or a multiple of the analytic plan. The present count is up to a minute old, so moves relative to it
 * compound or cancel; the plan is recomputed from the window at every tick. What is learned is the margin: when to stay above
 * the plan, when to undercut it, and when to leave the fleet alone.
 *
 * Index 0 is hold: an argmax over logits that are all NaN falls on index 0, and nothing should happen then.
 */
export const ACTIONS: readonly Action[] = [
  { name: 'hold', target: ({ currentReplicas }) => currentReplicas },
  plan(1),
  plan(0.75),
  plan(0.9),
  plan(1.15),
  plan(1.35),
  plan(1.6),
  plan(2),
  plan(2.5),
];

/** The count of action `index` within the bounds the policy may use (at least 1: going to 0 is a guard's business). */
export function applyAction(index: number, situation: Situation): Replicas {
  const action = ACTIONS[index];
  if (!action) throw new RangeError(`action ${index} is not in 0..${ACTIONS.length - 1}`);
  return clamp(action.target(situation), Math.max(1, situation.bounds.minReplicas), situation.bounds.maxReplicas);
}

/**
 * Writes which actions are legal into `out` [ACTIONS.length] at `offset`: 1 legal, 0 not. Of actions that lead to one count
 * only the first is legal, so that a probability never sits on two names of one thing.
 */
export function writeActionMask(situation: Situation, out: Uint8Array, offset = 0): void {
  const seen = new Set<Replicas>();
  for (let index = 0; index < ACTIONS.length; index++) {
    const target = applyAction(index, situation);
    out[offset + index] = seen.has(target) ? 0 : 1;
    seen.add(target);
  }
}
