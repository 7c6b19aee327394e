import type { RuleGroup } from './monitoring.js';

/** A trigger on one PromQL scalar that is divided among the replicas: `threshold` each. */
export function prometheusTrigger(serverAddress: string, query: string, threshold: number): object {
  return {
    type: 'prometheus',
    metricType: 'AverageValue',
    metadata: { serverAddress, query, threshold: `${threshold}` },
  };
}

/** Requests in the engines of a namespace, waiting and running. */
export function requestsInside(namespace: string): string {
  const of = (name: string): string => `sum(vllm:${name}{namespace="${namespace}"})`;
  return `${of('num_requests_waiting')} + ${of('num_requests_running')}`;
}

const [SCALE_UP, SCALE_DOWN, CAP] = [0.55, 0.4, 2];
const PREFIX = 'llm_d';

/** The count that {@link sloRules} have come to, for a trigger with a threshold of 1. */
export function sloDesired(namespace: string): string {
  return `${PREFIX}:desired{namespace="${namespace}"}`;
}

/**
 * llm-d's SLO-aware law (guides/workload-autoscaling, README.slo-aware.md @d38c9f0c) as recording rules for the Deployment of a
 * namespace, in the form that never orders fewer on its way up: s = 45 s mean of min(p90 TTFT / objective, 2), without traffic 0;
 * above 0.55 n + ceil(n (s c / 0.55 - 1)) with credit c = ready / n while replicas are starting; below 0.40
 * n - floor(n (1 - s / 0.40)); else n. The guide's other objective, for the time per output token, is left out.
 * @param slo seconds to the first token
 */
export function sloRules(namespace: string, deployment: string, slo: number): RuleGroup {
  const count = (name: string): string =>
    `max(kube_deployment_${name}{namespace="${namespace}",deployment="${deployment}"})`;
  const known = (name: string): string => `max(${PREFIX}:${name}{namespace="${namespace}"})`;
  const buckets = `sum by (le) (rate(vllm:time_to_first_token_seconds_bucket{namespace="${namespace}"}[1m]))`;
  const [n, s, c] = [known('replicas'), known('pressure_mean'), known('credit')];
  const up = `${n} + clamp_min(ceil(${n} * (${s} * ${c} / ${SCALE_UP} - 1)), 0)`;
  const down = `${n} - floor(${n} * (1 - ${s} / ${SCALE_DOWN}))`;
  const expressions = {
    replicas: count('spec_replicas'),
    credit: `clamp_max((${count('status_replicas_ready')} > 0) / ${known('replicas')}, 1) or vector(1)`,
    // A quantile without traffic is NaN, which the comparison takes away.
    pressure: `clamp_max((histogram_quantile(0.9, ${buckets}) >= 0) / ${slo} or vector(0), ${CAP})`,
    pressure_mean: `avg_over_time(${PREFIX}:pressure{namespace="${namespace}"}[45s])`,
    desired: `((${up}) and ${s} > ${SCALE_UP}) or ((${down}) and ${s} < ${SCALE_DOWN}) or ${n}`,
  };
  const rules = Object.entries(expressions).map(([name, expr]) => {
    return { record: `${PREFIX}:${name}`, expr, labels: { namespace } };
  });
  return { name: `${namespace}-llm-d`, interval: '15s', rules };
}
