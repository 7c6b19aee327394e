import type { SignalName } from '../decision/signal.js';
import type { Series } from '../engines/series.js';
import { TRITON } from '../engines/triton.js';
import { duration, LONG, podsOf, type QueryScope, quote, rated, SHORT, sampledAt, selectEngine } from './promql.js';

const MICROS = '1e-6';
const MILLIS = '1e-3';

/**
 * Signals that Triton's own series answer. It has no gauge of running requests: their number is the time that requests spent in
 * execution, per second (Little's law). It has no tokens, no KV cache and no preemption. Quantiles come from its summaries, the
 * worst pod's, because quantiles do not add up; a time to first token from the histogram of streaming models where there is one.
 * With ensembles name a composing model: an ensemble's own pending count stays near zero.
 */
export function tritonQueries(scope: QueryScope): Partial<Record<SignalName, string>> {
  const { workload, interval } = scope;
  const short = duration(SHORT * interval);
  const long = duration(LONG * interval);
  const select = (series: Series, suffix = '', matchers = ''): string => selectEngine(scope, series, suffix, matchers);
  const rate = (series: Series, range: string): string => `sum(${rated(scope, series, range)})`;
  const finished = (range: string): string => `(${rate(TRITON.success, range)} + ${rate(TRITON.failure, range)})`;
  const pending = `sum(${select(TRITON.pending)})`;
  const before = `sum(${select(TRITON.pending, ` offset ${long}`)})`;
  const estimate = `clamp_min(${finished(long)} + (${pending} - ${before}) / ${LONG * interval}, 0)`;
  const summary = `${MICROS} * max(${select(TRITON.requestSummary, '', ',quantile="0.99"')})`;
  const firstResponse = `${MILLIS} * histogram_quantile(0.99, sum by (le) (${rated(scope, TRITON.firstResponse, long, '_bucket')}))`;
  const executing = `${rate(TRITON.requestDuration, short)} - ${rate(TRITON.queueDuration, short)}`;
  return {
    queueDepth: pending,
    runningRequests: `clamp_min(${MICROS} * (${executing}), 0)`,
    completionRate: finished(short),
    finishedRate: finished(long),
    p99Latency: workload.slo.metric === 'ttft' ? `(${firstResponse} >= 0) or (${summary})` : summary,
    meanLatency: `${MICROS} * ${rate(TRITON.requestDuration, long)} / ${rate(TRITON.success, long)}`,
    scrapedReplicas: `count(count by (pod) (${select(TRITON.pending)}))`,
    sampleAge: `time() - max(${sampledAt(scope, TRITON.pending)})`,
    arrivalRateP95Hour: `quantile_over_time(0.95, (${estimate})[1h:${duration(interval)}])`,
  };
}

/** What Triton itself says of the GPUs that it sees, for clusters without a DCGM exporter. Its GPU series name no model. */
export function tritonGpuQueries({
  workload,
  deployment,
}: QueryScope): Record<'gpuMemoryHeadroom' | 'gpuUtilization', string> {
  const gpus = ({ names }: Series): string => `${names[0]}{namespace=${quote(workload.namespace)}}`;
  const ofPods = (expression: string): string =>
    `(${expression}) and on(namespace, pod) ${podsOf(workload, deployment)}`;
  return {
    gpuMemoryHeadroom: `1 - max(${ofPods(`${gpus(TRITON.gpuMemoryUsed)} / ${gpus(TRITON.gpuMemoryTotal)}`)})`,
    gpuUtilization: `avg(${ofPods(gpus(TRITON.gpuUtilization))})`,
  };
}
