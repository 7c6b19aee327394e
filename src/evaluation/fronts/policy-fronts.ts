import { groupBy } from '../../base/group-by.js';
import { type Pooled, poolBySource } from '../pool-rows.js';
import type { EvaluationRow } from '../row.js';
import { withoutLiteral } from './literal.js';

/** The points of a policy, one a setting and price: pooled within each trace, then the mean of traces. */
export interface PolicyFront {
  readonly policy: string;
  readonly points: readonly Pooled[];
}

/** The points of every policy of the rows, in order of first appearance. */
export function policyFronts(rows: readonly EvaluationRow[]): readonly PolicyFront[] {
  return [...groupBy(withoutLiteral(rows), ({ policy }) => policy)].map(([policy, ofPolicy]) => ({
    policy,
    points: [...groupBy(ofPolicy, ({ setting, price }) => `${setting}\u0000${price}`).values()].map(poolBySource),
  }));
}
