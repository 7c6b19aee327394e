import { groupBy } from '../base/group-by.js';
import { mean } from '../base/statistics.js';
import { sourceOf } from './matrix/matrix.js';
import type { EvaluationRow } from './row.js';

/** What several runs came to together. */
export interface Pooled {
  readonly cost: number;
  readonly missRate: number;
}

/** Replica-hours over offered replica-hours, and misses over requests: ratios of sums, never means of ratios. */
export function poolRows(rows: readonly EvaluationRow[]): Pooled {
  let replicaHours = 0;
  let offered = 0;
  let misses = 0;
  let requests = 0;
  for (const row of rows) {
    replicaHours += row.replicaHours;
    offered += row.replicaHours / row.cost;
    misses += row.missRate * row.requests;
    requests += row.requests;
  }
  return { cost: replicaHours / offered, missRate: misses / requests };
}

/** Pooled within each source, then the mean of sources: a source with more windows counts no more. NaN without rows. */
export function poolBySource(rows: readonly EvaluationRow[]): Pooled {
  const sources = [...groupBy(rows, ({ traffic }) => sourceOf(traffic)).values()].map(poolRows);
  return { cost: mean(sources.map(({ cost }) => cost)), missRate: mean(sources.map(({ missRate }) => missRate)) };
}
