import { groupBy } from '../base/group-by.js';
import { createRng } from '../base/rng.js';
import { mean } from '../base/statistics.js';
import { bootstrapPooled, type PooledIntervals } from './bootstrap.js';
import { sourceOf } from './matrix/matrix.js';
import { poolRows } from './pool-rows.js';
import { computeObjective, type EvaluationRow } from './row.js';

/** One policy over all of its runs: pooled within each trace, then the mean of traces, so that none counts for more. */
export interface Score extends PooledIntervals {
  /** The law, and its setting where it is not the authors'. */
  readonly policy: string;
  readonly price: number;
  readonly runs: number;
  readonly changesPerHour: number;
  readonly flipsPerHour: number;
  readonly dollarsPerHour: number;
  /** Quantiles of the runs, weighted by their requests, s. */
  readonly ttft: Latencies;
  readonly e2e: Latencies;
  /** Largest of all runs. */
  readonly worstHourCost: number;
  readonly worstHourMissRate: number;
  /** Traces on which the objective was lower than the reference's by more than TIE, within it, or higher. */
  readonly against: { readonly win: number; readonly tie: number; readonly loss: number } | undefined;
}

/** p50, p95, p99, s; NaN where no request came so far. */
export type Latencies = readonly [p50: number, p95: number, p99: number];

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
  const [first] = group as [EvaluationRow];
  const { price } = first;
  const label = labelOf(first);
  const hours = sum(group, (row) => row.hours);
  const perHour = (of: (row: EvaluationRow) => number): number => sum(group, of) / hours;
  const latency = (of: (row: EvaluationRow) => number): number => {
    const known = group.filter((row) => Number.isFinite(of(row)));
    return sum(known, (row) => of(row) * row.requests) / sum(known, (row) => row.requests);
  };
  return {
    policy: label,
    price,
    runs: group.length,
    ...bootstrapPooled(group, price, createRng(seed).stream(`${label}/${price}`)),
    changesPerHour: perHour((row) => row.changesPerHour * row.hours),
    flipsPerHour: perHour((row) => row.flips),
    dollarsPerHour: perHour((row) => row.dollars),
    ttft: [latency((row) => row.ttftP50), latency((row) => row.ttftP95), latency((row) => row.ttftP99)],
    e2e: [latency((row) => row.e2eP50), latency((row) => row.e2eP95), latency((row) => row.e2eP99)],
    worstHourCost: Math.max(...group.map((row) => row.worstHourCost)),
    worstHourMissRate: Math.max(...group.map((row) => row.worstHourMissRate)),
    against: label === reference ? undefined : compare(group, rows, reference, price),
  };
}

function compare(
  group: readonly EvaluationRow[],
  rows: readonly EvaluationRow[],
  reference: string,
  price: number,
): Score['against'] {
  const rivals = groupBy(
    rows.filter((row) => labelOf(row) === reference && row.price === price),
    ({ traffic }) => sourceOf(traffic),
  );
  const tally = { win: 0, tie: 0, loss: 0 };
  for (const [trace, runs] of groupBy(group, ({ traffic }) => sourceOf(traffic))) {
    const others = rivals.get(trace);
    if (!others) continue;
    const [own, other] = [runs, others].map((some) => computeObjective(poolRows(some), price));
    const relative = ((own as number) - (other as number)) / (other as number);
    tally[relative < -TIE ? 'win' : relative > TIE ? 'loss' : 'tie']++;
  }
  return tally;
}

function sum(rows: readonly EvaluationRow[], of: (row: EvaluationRow) => number): number {
  return mean(rows.map(of)) * rows.length;
}

function labelOf({ policy, setting }: EvaluationRow): string {
  return setting === 'default' ? policy : `${policy}:${setting}`;
}
