import { LAW_NAMES } from '../../policies/registry.js';
import type { EvaluationRow } from '../row.js';
import { withoutLiteral } from './literal.js';

/** Every setting of every hand-written law that was played: a law tuned on the very trace that it is judged on. */
export const HINDSIGHT = 'hindsight';

/**
 * One side of a comparison. Several fronts are those of its training seeds: one is drawn like another, and its figure is their
 * mean.
 */
export interface Contender {
  readonly name: string;
  readonly fronts: readonly Front[];
}

export interface Front {
  readonly name: string;
  /** Its points are the settings and prices of these. */
  readonly rows: readonly EvaluationRow[];
}

/**
 * The side that a name stands for: a policy of the rows; `a+b`, the envelope of several, which is as good as the best of them
 * everywhere; `learned@*`, all training seeds of `learned`; `hindsight`. A law's rows at its authors' constants count only
 * where it was not tuned, and in hindsight. Fronts without rows are left out.
 */
export function readContender(name: string, rows: readonly EvaluationRow[]): Contender {
  const front = (front: string, of: (policy: string) => boolean): Front => ({
    name: front,
    rows: withoutLiteral(rows.filter(({ policy }) => of(policy))),
  });
  const fronts = (): readonly Front[] => {
    if (name === HINDSIGHT) return [{ name, rows: rows.filter(({ policy }) => LAW_NAMES.includes(policy)) }];
    if (name.endsWith('@*'))
      return trainingSeeds(name.slice(0, -2), rows).map((seed) => front(seed, (policy) => policy === seed));
    const joined = name.split('+');
    return [front(name, (policy) => joined.includes(policy))];
  };
  return { name, fronts: fronts().filter((one) => one.rows.length > 0) };
}

/** Policies of the rows that are training seeds of one: `learned@1`, `learned@2`, ... */
function trainingSeeds(name: string, rows: readonly EvaluationRow[]): readonly string[] {
  const policies = new Set(rows.map(({ policy }) => policy));
  return [...policies].filter((policy) => policy.startsWith(`${name}@`) && /^\d+$/.test(policy.slice(name.length + 1)));
}

/** Whom a table compares when nobody says: every policy, and all training seeds of one together beside each. */
export function contendersIn(rows: readonly EvaluationRow[]): readonly string[] {
  const policies = [...new Set(rows.map(({ policy }) => policy))];
  const seeded = policies.filter((policy) => /@\d+$/.test(policy)).map((policy) => policy.replace(/\d+$/, '*'));
  return [...new Set([...policies, ...seeded])];
}
