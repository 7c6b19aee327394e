import { basename, dirname } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import Table from 'cli-table3';
import { compareWithOracle, type OracleComparison, type StatisticErrors } from '../../kisim/oracle/compare-oracle.js';
import { isOracleFolder, listOracleWorkloads, readOracleWorkload } from '../../kisim/oracle/oracle-workload.js';
import type { SimulateMode } from './mode.js';
import { UsageError } from './usage-error.js';

/**
 * `kiscaler simulate --oracle DIR/NAME`: our engines against a recording of vLLM's own scheduler; `DIR` alone: every workload of
 * the folder. A line of JSON per engine, or a table. Exit code 1 where an engine is not within its tolerance.
 */
export const ORACLE_MODE: SimulateMode = {
  heading: "Against vLLM's own scheduler:",
  options: [
    new Option(
      '--oracle <workload>',
      'replay DIR/NAME (or all of DIR) and compare request by request; exit code 1: not within',
    ),
  ],
  shared: ['json'],
  async run(options) {
    const comparisons: OracleComparison[] = [];
    for (const { folder, name } of workloadsOf(String(options['oracle']))) {
      const workload = readOracleWorkload(folder, name);
      if (!workload.ok) throw new UsageError(workload.error);
      const found = compareWithOracle(workload.value);
      comparisons.push(...found);
      if (options['json']) for (const one of found) process.stdout.write(`${JSON.stringify(one)}\n`);
    }
    if (!options['json']) process.stdout.write(renderComparisons(comparisons));
    if (comparisons.some(({ within }) => !within)) process.exitCode = 1;
  },
};

function workloadsOf(path: string): readonly { readonly folder: string; readonly name: string }[] {
  if (!isOracleFolder(path)) return [{ folder: dirname(path), name: basename(path).replace(/\.csv(\.gz)?$/, '') }];
  const names = listOracleWorkloads(path);
  if (!names.ok) throw new UsageError(names.error);
  return names.value.map((name) => ({ folder: path, name }));
}

function renderComparisons(comparisons: readonly OracleComparison[]): string {
  const table = new Table({
    head: ['workload', 'engine', 'TTFT %', 'latency %', 'queue %', 'worst request', 'preemptions', 'within'],
    style: { head: [], border: [] },
  });
  for (const one of comparisons)
    table.push([
      one.name,
      one.engine,
      percents(one.ttft),
      percents(one.latency),
      percents(one.queue),
      `${(one.maxRequestError_s * 1e6).toFixed(2)} us`,
      one.preemptions.join(' / '),
      one.within ? 'yes' : 'NO',
    ]);
  return `${table.toString()}\nErrors of mean, p50, p90, p99; preemptions ours / recorded.\n`;
}

function percents({ mean, p50, p90, p99 }: StatisticErrors): string {
  return [mean, p50, p90, p99].map((error) => (error * 100).toFixed(3)).join(' ');
}
