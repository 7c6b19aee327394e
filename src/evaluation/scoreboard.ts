import { groupBy } from '../base/group-by.js';
import { createRng } from '../base/rng.js';
import { mean } from '../base/statistics.js';
import { bootstrapMean, type Interval } from './bootstrap.js';
import { computeObjective, type EvaluationRow } from './row.js';

/** One policy over all of its runs; means are over traffics first, so that a traffic with more runs counts no more. */
export interface Score {
  /** The law, and its setting where it is not the authors'. */
  readonly policy: string;
  readonly price: number;
  readonly runs: number;
  readonly cost: Interval;
  readonly missRate: Interval;
  /** Mean of cost + price * missRate. */
  readonly objective: Interval;
  readonly changesPerHour: number;
  /** Traffics on which the objective was lower than the reference's by more than TIE, within it, or higher. */
  readonly against: { readonly win: number; readonly tie: number; readonly loss: number } | undefined;
}

/** Differences of the objective below one per cent are no difference. */
const TIE = 0.01;

/** Scores every policy at every price, best objective first; `reference` is the policy that wins and losses are counted against. */
export function computeScoreboard(rows: readonly EvaluationRow[], reference: string, seed = 1): readonly Score[] {
  const groups = groupBy(rows, (row) => `${row.price}\u0000${labelOf(row)}`);
  return [...groups.values()]
    .map((group) => scoreGroup(group, rows, reference, seed))
    .sort((a, b) => a.price - b.price || a.objective.estimate - b.objective.estimate);
}

function scoreGroup(
  group: readonly EvaluationRow[],
  rows: readonly EvaluationRow[],
  reference: string,
  seed: number,
): Score {
  const [{ price }] = group as [EvaluationRow];
  const policy = labelOf(group[0] as EvaluationRow);
  const byTraffic = [...groupBy(group, ({ traffic }) => traffic).values()];
  const interval = (of: (row: EvaluationRow) => number): Interval =>
    bootstrapMean(
      byTraffic.map((runs) => runs.map(of)),
      createRng(seed).stream(`${policy}/${price}`),
    ) as Interval;
  return {
    policy,
    price,
    runs: group.length,
    cost: interval(({ cost }) => cost),
    missRate: interval(({ missRate }) => missRate),
    objective: interval((row) => computeObjective(row, price)),
    changesPerHour: mean(group.map(({ changesPerHour }) => changesPerHour)),
    against: policy === reference ? undefined : compare(byTraffic, rows, reference, price),
  };
}

function compare(
  byTraffic: readonly (readonly EvaluationRow[])[],
  rows: readonly EvaluationRow[],
  reference: string,
  price: number,
): Score['against'] {
  const tally = { win: 0, tie: 0, loss: 0 };
  for (const runs of byTraffic) {
    const rivals = rows.filter(
      (row) => labelOf(row) === reference && row.price === price && row.traffic === runs[0]?.traffic,
    );
    if (rivals.length === 0) continue;
    const own = mean(runs.map((row) => computeObjective(row, price)));
    const other = mean(rivals.map((row) => computeObjective(row, price)));
    const relative = (own - other) / other;
    tally[relative < -TIE ? 'win' : relative > TIE ? 'loss' : 'tie']++;
  }
  return tally;
}

function labelOf({ policy, setting }: EvaluationRow): string {
  return setting === 'default' ? policy : `${policy}:${setting}`;
}
