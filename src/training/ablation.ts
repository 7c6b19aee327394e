import { FEATURES } from '../decision/features.js';
import type { Mlp } from './mlp.js';

/** What a training can be made without, to see what it is good for, and what that means. */
export const ABLATIONS = {
  faults: 'nothing goes wrong in any episode',
  headroom: 'the actor is blind to the KV cache and the memory of GPUs',
} as const;

export type Ablation = keyof typeof ABLATIONS;

export const ABLATION_NAMES = Object.keys(ABLATIONS) as readonly Ablation[];

/** Features that an actor without headroom does not see. */
const HEADROOM: readonly string[] = ['memory-use'];

/** Columns of an observation that an actor does not see. */
export function hiddenColumns(without: readonly Ablation[]): readonly number[] {
  if (!without.includes('headroom')) return [];
  return FEATURES.flatMap(({ name }, column) => (HEADROOM.includes(name) ? [column] : []));
}

/**
 * Makes a fresh actor blind to some of its inputs. It stays so while training shows it 0 there, since no gradient comes; and what it
 * is shown there later changes nothing, so a served one needs no mask.
 */
export function blind(actor: Mlp, columns: readonly number[]): void {
  const [first] = actor.layers;
  for (const column of columns) first?.weights.fill(0, column * first.stride, (column + 1) * first.stride);
}
