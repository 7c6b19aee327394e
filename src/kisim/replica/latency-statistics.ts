import { mean, quantileSorted } from '../../base/statistics.js';
import type { Seconds } from '../../base/units.js';
import type { RequestLatencies } from './request.js';

/** Statistics of one latency over requests; NaN without any. */
export interface LatencyStatistics {
  readonly mean: Seconds;
  readonly p50: Seconds;
  readonly p90: Seconds;
  readonly p99: Seconds;
}

export const LATENCIES = ['ttft', 'tpot', 'latency'] as const satisfies readonly (keyof RequestLatencies)[];

/** Mean and quantiles of each latency, over the requests that have it. Pure. */
export function summarizeLatencies(
  requests: readonly RequestLatencies[],
): Readonly<Record<keyof RequestLatencies, LatencyStatistics>> {
  const of = (latency: keyof RequestLatencies): LatencyStatistics => {
    const sorted = Float64Array.from(requests, (one) => one[latency])
      .filter((value) => !Number.isNaN(value))
      .sort();
    const at = (q: number): Seconds => quantileSorted(sorted, q);
    return { mean: mean(sorted), p50: at(0.5), p90: at(0.9), p99: at(0.99) };
  };
  return { ttft: of('ttft'), tpot: of('tpot'), latency: of('latency') };
}
