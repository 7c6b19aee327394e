import { groupBy } from '../../base/group-by.js';
import { poolRows } from '../pool-rows.js';
import { computeObjective, type EvaluationRow } from '../row.js';

/**
 * What somebody would have done who knew each window beforehand and had these candidates to choose from: for every traffic and
 * price the one with the least cost + price x misses, its seeds pooled (of equals the cheapest). The rows are the chosen ones'
 * under the name `policy`, one a price, traffic and seed.
 *
 * Law: on every traffic, at every price, no candidate has a lower objective.
 */
export function bestInHindsight(
  candidates: readonly EvaluationRow[],
  policy: string,
  prices: readonly number[],
): readonly EvaluationRow[] {
  return [...groupBy(candidates, ({ traffic }) => traffic).values()].flatMap((ofTraffic) => {
    const settings = [...groupBy(ofTraffic, (row) => `${row.policy}\u0000${row.setting}`).values()];
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
