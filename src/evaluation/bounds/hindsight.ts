import { groupBy } from '../../base/group-by.js';
import { poolRows } from '../pool-rows.js';
import { computeObjective, type EvaluationRow } from '../row.js';

/**
 * What somebody would have done who knew each window beforehand and had these candidates to choose from: for every `part` of the
 * runs and every price the one with the least cost + price x misses, its rows pooled (of equals the cheapest). The rows are the
 * chosen ones' under the name `policy`, one a price, traffic and seed.
 *
 * Law: on every part, at every price, no candidate has a lower objective.
 */
export function bestInHindsight(
  candidates: readonly EvaluationRow[],
  policy: string,
  prices: readonly number[],
  partOf: (row: EvaluationRow) => string = ({ traffic }) => traffic,
): readonly EvaluationRow[] {
  return [...groupBy(candidates, partOf).values()].flatMap((ofPart) => {
    const settings = [...groupBy(ofPart, (row) => `${row.policy}\u0000${row.setting}`).values()];
    const pooled = settings.map((rows) => ({ rows, ...poolRows(rows) })).sort((a, b) => a.cost - b.cost);
    return prices.flatMap((price) => {
      const [first, ...rest] = pooled;
      if (!first) return [];
      const best = rest.reduce(
        (least, one) => (computeObjective(one, price) < computeObjective(least, price) ? one : least),
        first,
      );
      return best.rows.map((row) => ({ ...row, policy, setting: 'default', price }));
    });
  });
}
