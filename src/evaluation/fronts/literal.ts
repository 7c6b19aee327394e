import type { EvaluationRow } from '../row.js';

/**
 * Rows without laws at their authors' constants where a setting of the same law was played at the same price: literal rows
 * stand apart from tuned ones. Where the authors' constants are what was chosen, there is no other, and they stay.
 */
export function withoutLiteral(rows: readonly EvaluationRow[]): readonly EvaluationRow[] {
  const keyOf = ({ policy, price }: EvaluationRow): string => `${policy}\u0000${price}`;
  const tuned = new Set(rows.filter(({ setting }) => setting !== 'default').map(keyOf));
  return rows.filter((row) => row.setting !== 'default' || !tuned.has(keyOf(row)));
}
