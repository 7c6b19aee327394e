import { createRng } from '../../base/rng.js';
import type { EvaluationRow } from '../row.js';
import { type PairedDifference, pairedDifference, pairRows } from './paired-difference.js';
import { UNVARIED } from './stress-cases.js';
import type { StressRow } from './stress-rows.js';
import type { Variation } from './variation.js';

/** One policy under one variation, beside what that is paired with. */
export interface StressScore extends PairedDifference {
  readonly variation: string;
  readonly policy: string;
}

/** A policy as it was asked for: the law, and its setting where it is not the authors'. */
export function labelOf({ policy, setting }: EvaluationRow): string {
  return setting === 'default' ? policy : `${policy}:${setting}`;
}

/** Scores of every variation, and of every policy within it by its objective; the windows as they are come first. */
export function scoreStress(
  rows: readonly StressRow[],
  variations: readonly Variation[],
  price: number,
): readonly StressScore[] {
  const policies = [...new Set(rows.map(labelOf))];
  const rowsOf = (variation: string, policy: string): readonly StressRow[] =>
    rows.filter((row) => row.variation === variation && labelOf(row) === policy);
  return [{ name: UNVARIED, against: UNVARIED }, ...variations].flatMap(({ name, against = UNVARIED }) =>
    policies
      .flatMap((policy): readonly StressScore[] => {
        const rng = createRng(1).stream(`${name}/${policy}`);
        const scored = pairedDifference(pairRows(rowsOf(name, policy), rowsOf(against, policy)), price, rng);
        return scored ? [{ variation: name, policy, ...scored }] : [];
      })
      .sort((a, b) => a.own.objective - b.own.objective),
  );
}
