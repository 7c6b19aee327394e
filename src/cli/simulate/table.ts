import Table from 'cli-table3';
import type { RunResult } from '../../scenarios/run-scenario.js';

const HEAD = [
  'traffic',
  'policy',
  'requests',
  'missed',
  'TTFT p50',
  'p95',
  'p99',
  'e2e p99',
  'replicas',
  'replica h',
  'cost',
  'changes',
];

/** One run as it is reported: with what its traffic was, and what its scenario teaches. */
export interface ReportedRun extends RunResult {
  readonly traffic: string;
  readonly teaches: string;
}

/** What people read: a line per scenario on what to learn from it, and a table with a line per run. */
export function renderRuns(results: readonly ReportedRun[]): string {
  const table = new Table({
    head: HEAD,
    style: { head: [], border: [] },
    colAligns: ['left', 'left', ...HEAD.slice(2).map(() => 'right' as const)],
  });
  for (const { traffic, policy, statistics } of results) {
    const { injected, misses, ttft, e2e, counted, replicaSeconds, dollars, scaleChanges } = statistics;
    table.push([
      traffic,
      policy,
      injected,
      injected === 0 ? '-' : `${((100 * misses) / injected).toFixed(2)} %`,
      seconds(ttft.p50),
      seconds(ttft.p95),
      seconds(ttft.p99),
      seconds(e2e.p99),
      (replicaSeconds / counted).toFixed(2),
      (replicaSeconds / 3600).toFixed(2),
      `$${dollars.toFixed(2)}`,
      scaleChanges,
    ]);
  }
  const lessons = new Set(
    results.filter(({ teaches }) => teaches !== '').map(({ scenario, teaches }) => `${scenario}: ${teaches}`),
  );
  return `${[...lessons, table.toString()].join('\n')}\n`;
}

function seconds(value: number): string {
  if (Number.isNaN(value)) return '-';
  return value < 1 ? `${Math.round(1000 * value)} ms` : `${value.toFixed(1)} s`;
}
