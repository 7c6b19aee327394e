import Table from 'cli-table3';
import type { Requests, Seconds } from '../../base/units.js';
import { LATENCIES, type summarizeLatencies } from '../../kisim/replica/latency-statistics.js';

type Latencies = ReturnType<typeof summarizeLatencies>;

/** What one engine made of the requests. */
export interface EngineSummary extends Latencies {
  readonly preemptions: Requests;
  readonly completed: Requests;
  readonly rejected: Requests;
  readonly throughput_rps: number;
}

/** What `--single-replica` found. */
export interface SingleReplicaResult {
  readonly profile: string;
  readonly requests: Requests;
  /** The constant per step that the first half of the log asked for; the requests are then those of the second half. */
  readonly fittedC0_ms?: number;
  readonly engines: { readonly step: EngineSummary; readonly fast: EngineSummary };
  /** What a real server took, where the requests come from its log. */
  readonly recorded?: Latencies;
}

const STATISTICS = ['mean', 'p50', 'p90', 'p99'] as const;

/** A row per latency and statistic; with a recording, its figures and how far the step engine is off. */
export function renderSingleReplica({
  profile,
  requests,
  fittedC0_ms,
  engines,
  recorded,
}: SingleReplicaResult): string {
  const table = new Table({
    head: ['seconds', 'step engine', 'fast-forward', ...(recorded ? ['recorded', 'step / recorded'] : [])],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  for (const latency of LATENCIES)
    for (const statistic of STATISTICS) {
      const ours = engines.step[latency][statistic];
      const real = recorded?.[latency][statistic];
      const name = latency === 'latency' ? latency : latency.toUpperCase();
      const beside = real === undefined ? [] : [seconds(real), `${((ours / real - 1) * 100).toFixed(1)} %`];
      table.push([`${name} ${statistic}`, seconds(ours), seconds(engines.fast[latency][statistic]), ...beside]);
    }
  const { preemptions, rejected, throughput_rps } = engines.step;
  const rest = `${preemptions} preemptions, ${rejected} rejected, ${throughput_rps.toFixed(2)} requests/s`;
  const fit =
    fittedC0_ms === undefined ? '' : `c0 = ${fittedC0_ms.toFixed(2)} ms by the first half; the second half:\n`;
  return `${fit}${requests} requests on one replica of ${profile}: ${rest}\n${table.toString()}\n`;
}

function seconds(value: Seconds): string {
  return Number.isNaN(value) ? '-' : value.toFixed(value < 1 ? 4 : 2);
}
