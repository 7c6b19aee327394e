import type { SignalName } from '../decision/signal.js';
import type { Series } from '../engines/series.js';
import { VLLM } from '../engines/vllm.js';
import { duration, identityOf, LONG, type QueryScope, rated, SHORT, sampledAt, selectEngine } from './promql.js';

/** Signals that vLLM's own series answer. */
export function vllmQueries(scope: QueryScope): Partial<Record<SignalName, string>> {
  const { workload, interval } = scope;
  const short = duration(SHORT * interval);
  const long = duration(LONG * interval);
  const select = (series: Series, suffix = '', matchers = ''): string => selectEngine(scope, series, suffix, matchers);
  const rate = (series: Series, range: string, suffix = ''): string => `sum(${rated(scope, series, range, suffix)})`;
  const latency = VLLM[workload.slo.metric];
  const waiting = `(${select(VLLM.waitingByReason, '', ',reason="capacity"')} or on(${identityOf(scope)}) ${select(VLLM.waiting)})`;
  const inside = `(sum(${select(VLLM.waiting)}) + sum(${select(VLLM.running)}))`;
  const before = `(sum(${select(VLLM.waiting, ` offset ${long}`)}) + sum(${select(VLLM.running, ` offset ${long}`)}))`;
  const estimate = `clamp_min(${rate(VLLM.finished, long)} + (${inside} - ${before}) / ${LONG * interval}, 0)`;
  return {
    queueDepth: `sum(${waiting})`,
    runningRequests: `sum(${select(VLLM.running)})`,
    completionRate: rate(VLLM.finished, short),
    finishedRate: `sum(${rated(scope, VLLM.finished, long, '', ',finished_reason!="abort"')})`,
    promptTokenRate: rate(VLLM.promptTokens, long),
    generationTokenRate: rate(VLLM.generationTokens, long),
    preemptionRate: rate(VLLM.preemptions, long),
    kvUsage: `max(${select(VLLM.kvUsage)})`,
    p99Latency: `histogram_quantile(0.99, sum by (le) (${rated(scope, latency, long, '_bucket')}))`,
    meanLatency: `${rate(latency, long, '_sum')} / ${rate(latency, long, '_count')}`,
    scrapedReplicas: `count(count by (pod) (${select(VLLM.running)}))`,
    sampleAge: `time() - max(${sampledAt(scope, VLLM.running)})`,
    arrivalRateP95Hour: `quantile_over_time(0.95, ${estimate}[1h:${duration(interval)}])`,
  };
}
