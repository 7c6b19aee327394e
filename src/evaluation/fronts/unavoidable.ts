import type { EvaluationRow } from '../row.js';

/** A fleet that is always at its maximum: more than any bounds allow is asked for, whatever comes. */
export const AT_MAXIMUM = 'hpa:minReplicas=1000';

/**
 * Rows without the misses that a fleet at its maximum has on the same window with the same seed: no policy could avoid those.
 * `atMaximum` are runs of such fleets; a row without one stays as it is.
 */
export function withoutUnavoidable<R extends EvaluationRow>(
  rows: readonly R[],
  atMaximum: readonly EvaluationRow[],
): readonly R[] {
  const keyOf = ({ traffic, seed }: EvaluationRow): string => `${traffic}\u0000${seed}`;
  const unavoidable = new Map(atMaximum.map((row) => [keyOf(row), row.missRate]));
  return rows.map((row) => ({ ...row, missRate: Math.max(0, row.missRate - (unavoidable.get(keyOf(row)) ?? 0)) }));
}
