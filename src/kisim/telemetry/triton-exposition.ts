import type { Seconds } from '../../base/units.js';
import type { Series } from '../../engines/series.js';
import { TRITON, TRITON_FAILURES, TRITON_QUANTILES } from '../../engines/triton.js';
import type { RecentValues } from '../replica/recent-values.js';
import type { Replica } from '../replica/replica.js';
import { family, type MetricFamily, single } from './exposition.js';

/**
 * What Triton's /metrics would show of this replica at `now` with `summary_latencies=true`, without what KISim does not model
 * (CPU, pinned memory); GPUs are left to the DCGM exporter. Copying tensors is part of the inference.
 */
export function tritonFamilies(replica: Replica, model: string, now: Seconds): readonly MetricFamily[] {
  const labels = { model, version: '1' };
  const { counters, waiting } = replica;
  const { batching } = counters;
  const queued = batching?.queueSum ?? 0;
  const one = (series: Series, value: number): MetricFamily => single(series, labels, value);
  const families = [
    one(TRITON.success, counters.finished - counters.aborted),
    family(
      TRITON.failure,
      TRITON_FAILURES.map((reason) => [{ model, reason, version: '1' }, reason === 'CANCELED' ? counters.aborted : 0]),
    ),
    one(TRITON.inferences, counters.finished),
    one(TRITON.executions, batching?.executions ?? 0),
    one(TRITON.requestDuration, micros(counters.e2eSum)),
    one(TRITON.queueDuration, micros(queued)),
    one(TRITON.computeInputDuration, 0),
    one(TRITON.computeInferDuration, micros(counters.e2eSum - queued)),
    one(TRITON.computeOutputDuration, 0),
    one(TRITON.pending, waiting),
  ];
  if (batching) {
    const { e2eCount } = counters;
    const summaryOf = (series: Series, recent: RecentValues, sum: Seconds): MetricFamily =>
      summaryFamily(series, labels, { recent, sum, count: e2eCount, now });
    families.push(
      summaryOf(TRITON.requestSummary, batching.recentLatency, counters.e2eSum),
      summaryOf(TRITON.queueSummary, batching.recentQueue, queued),
      summaryOf(TRITON.computeInferSummary, batching.recentCompute, counters.e2eSum - queued),
    );
  }
  return families.map((one): MetricFamily => ({ ...one, dialect: 'prometheus-cpp' }));
}

interface SummaryData {
  readonly recent: RecentValues;
  readonly sum: Seconds;
  readonly count: number;
  readonly now: Seconds;
}

function summaryFamily(
  { names, help }: Series,
  labels: Readonly<Record<string, string>>,
  { recent, sum, count, now }: SummaryData,
): MetricFamily {
  const quantiles = TRITON_QUANTILES.map((q) => ({
    labels: { ...labels, quantile: String(q) },
    value: micros(recent.quantile(q, now)),
  }));
  const totals = [
    { suffix: '_count', labels, value: count },
    { suffix: '_sum', labels, value: micros(sum) },
  ];
  return { name: names[0], help, type: 'summary', samples: [...totals, ...quantiles] };
}

function micros(seconds: Seconds): number {
  return Math.round(1e6 * seconds);
}
