import { clamp } from '../base/numbers.js';
import type { Replicas } from '../base/units.js';
import type { Situation } from './situation.js';

/** One move the learned policy can make. */
export interface Action {
  readonly name: string;
  /** The count this move leads to, before bounds; an integer. */
  readonly target: (situation: Situation) => Replicas;
}

const up = (factor: number): Action => ({
  name: `x${factor}`,
  target: ({ currentReplicas: n }) => Math.max(n + 1, Math.ceil(n * factor)),
});

const down = (factor: number): Action => ({
  name: `x${factor}`,
  target: ({ currentReplicas: n }) => Math.min(n - 1, Math.floor(n * factor)),
});

/**
 * The action space. Index 0 is hold: an argmax over logits that are all NaN falls on index 0, and nothing should happen then.
 * `plan` jumps to the analytic planner's count, which does not start from the lagged present count.
 */
export const ACTIONS: readonly Action[] = [
  { name: 'hold', target: ({ currentReplicas }) => currentReplicas },
  down(0.6),
  down(0.8),
  { name: '-1', target: ({ currentReplicas }) => currentReplicas - 1 },
  { name: '+1', target: ({ currentReplicas }) => currentReplicas + 1 },
  up(1.25),
  up(1.6),
  up(2.2),
  { name: 'plan', target: ({ plan }) => Math.ceil(plan) },
];

/** The count of action `index` within the bounds the policy may use (at least 1: going to 0 is a guard's business). */
export function applyAction(index: number, situation: Situation): Replicas {
  const action = ACTIONS[index];
  if (!action) throw new RangeError(`action ${index} is not in 0..${ACTIONS.length - 1}`);
  return clamp(action.target(situation), Math.max(1, situation.bounds.minReplicas), situation.bounds.maxReplicas);
}

/**
 * Writes which actions are legal into `out` [ACTIONS.length] at `offset`: 1 legal, 0 not. A move that the bounds turn into
 * "hold" is masked, so that a probability never sits on two names of one thing; hold and plan are always legal.
 */
export function writeActionMask(situation: Situation, out: Uint8Array, offset = 0): void {
  const lowest = Math.max(1, situation.bounds.minReplicas);
  const highest = situation.bounds.maxReplicas;
  const n = situation.currentReplicas;
  for (const [index, { name, target }] of ACTIONS.entries()) {
    const isFree = name === 'hold' || name === 'plan';
    out[offset + index] = isFree || clamp(target(situation), lowest, highest) !== n ? 1 : 0;
  }
}
