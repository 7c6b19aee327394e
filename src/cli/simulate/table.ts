import Table from 'cli-table3';
import type { LatencyQuantiles } from '../../scenarios/fleet-run.js';
import type { RunResult } from '../../scenarios/run-scenario.js';

/** One run as it is reported: with what its traffic was, and what its scenario teaches. */
export interface ReportedRun extends RunResult {
  readonly traffic: string;
  readonly teaches: string;
  /** Replica-hours over the mean offered load in replicas: 1 is a fleet that is always exactly full; NaN without requests. */
  readonly costRatio: number;
}

type Line = readonly [label: string, of: (run: ReportedRun) => string];

const LINES: readonly Line[] = [
  ['requests', ({ statistics }) => count(statistics.injected)],
  ['  completed', ({ statistics }) => count(statistics.completed)],
  ['  timed out', ({ statistics }) => count(statistics.timedOut)],
  ['  rejected', ({ statistics }) => count(statistics.rejected)],
  ['  lost', ({ statistics }) => count(statistics.lost)],
  ['  unfinished', ({ statistics }) => count(statistics.unfinished)],
  ['retries', ({ statistics }) => count(statistics.retries)],
  ['misses', ({ statistics: { misses, injected } }) => percent(misses / injected)],
  ['TTFT p50 / p95 / p99', ({ statistics }) => quantiles(statistics.ttft)],
  ['TPOT p50 / p95 / p99', ({ statistics }) => quantiles(statistics.tpot)],
  ['e2e  p50 / p95 / p99', ({ statistics }) => quantiles(statistics.e2e)],
  ['replica-hours', ({ statistics }) => (statistics.replicaSeconds / 3600).toFixed(2)],
  ['replicas mean / max', ({ statistics }) => `${meanReplicas(statistics)} / ${statistics.maxReplicas}`],
  ['cost', ({ statistics }) => `$${statistics.dollars.toFixed(2)}`],
  ['cost ratio', ({ costRatio }) => (Number.isNaN(costRatio) ? '-' : costRatio.toFixed(2))],
  ['scale changes/h', ({ statistics: { scaleChanges, counted } }) => ((scaleChanges * 3600) / counted).toFixed(1)],
  ['preemptions', ({ statistics }) => count(statistics.preemptions)],
  ['refused ticks', ({ refusals, ticks }) => `${refusals} of ${ticks}`],
];

/** The figures of a run by label, as text. */
export function figuresOf(run: ReportedRun): readonly (readonly [label: string, figure: string])[] {
  return LINES.map(([label, of]) => [label, of(run)]);
}

/** What people read: what each scenario teaches, and per traffic a table with a column per policy. */
export function renderRuns(runs: readonly ReportedRun[]): string {
  const traffics = [...new Set(runs.map(({ traffic }) => traffic))];
  return traffics.map((traffic) => renderTraffic(runs.filter((run) => run.traffic === traffic))).join('\n');
}

function renderTraffic(runs: readonly ReportedRun[]): string {
  const [{ traffic, teaches }] = runs as [ReportedRun];
  const table = new Table({
    head: [traffic, ...runs.map(({ policy }) => policy)],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...runs.map(() => 'right' as const)],
  });
  table.push(...LINES.map(([label, of]) => [label, ...runs.map(of)]));
  return `${teaches === '' ? '' : `${traffic}: ${teaches}\n`}${table.toString()}\n`;
}

function meanReplicas({ replicaSeconds, counted }: RunResult['statistics']): string {
  return counted > 0 ? (replicaSeconds / counted).toFixed(2) : '-';
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function percent(share: number): string {
  return Number.isNaN(share) ? '-' : `${(100 * share).toFixed(2)} %`;
}

function quantiles({ p50, p95, p99 }: LatencyQuantiles): string {
  return [p50, p95, p99].map(seconds).join(' / ');
}

function seconds(value: number): string {
  if (Number.isNaN(value)) return '-';
  if (value < 0.1) return `${(1000 * value).toFixed(1)} ms`;
  return value < 1 ? `${Math.round(1000 * value)} ms` : `${value.toFixed(1)} s`;
}
