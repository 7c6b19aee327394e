import type { Seconds } from '../base/units.js';
import type { SignalName } from '../decision/signal.js';
import type { Workload } from '../decision/workload.js';
import { DCGM } from '../engines/dcgm.js';
import { KUBE } from '../engines/kube-state-metrics.js';
import type { Series } from '../engines/series.js';
import { VLLM } from '../engines/vllm.js';

/** What all queries of a workload are made from. */
export interface QueryScope {
  readonly workload: Workload;
  /** The scaled Deployment. */
  readonly deployment: string;
  /** Scrape interval of the backend; equal to the grid's. */
  readonly interval: Seconds;
}

/** Ranges of `rate`, in scrape intervals: two samples for what must be fresh, a minute at 15 s for what may be smooth. */
const SHORT = 2;
const LONG = 4;

/**
 * The PromQL of every signal for a vLLM workload. All text comes from here and from `engines/`; what a tenant supplies only ever
 * appears as the value of an equality matcher, quoted. Each query yields at most one sample.
 */
export function buildQueries(scope: QueryScope): Readonly<Partial<Record<SignalName, string>>> {
  return { ...engineQueries(scope), ...kubeQueries(scope), ...gpuQueries(scope) };
}

/** Who KEDA's HPA for this ScaledObject scales: one series whose labels say so. */
export function targetQuery(workload: Workload): string {
  return `max by (scaletargetref_kind, scaletargetref_name) (${KUBE.hpaInfo.names[0]}${hpaSelector(workload)})`;
}

function engineQueries(scope: QueryScope): Partial<Record<SignalName, string>> {
  const { workload, interval } = scope;
  const short = duration(SHORT * interval);
  const long = duration(LONG * interval);
  const select = (series: Series, suffix = '', matchers = ''): string => selectEngine(scope, series, suffix, matchers);
  const rate = (series: Series, range: string, suffix = ''): string => `sum(${rated(scope, series, range, suffix)})`;
  const latency = VLLM[workload.slo.metric];
  const waiting = `(${select(VLLM.waitingByReason, '', ',reason="capacity"')} or on(namespace, pod, engine) ${select(VLLM.waiting)})`;
  const inside = `(sum(${select(VLLM.waiting)}) + sum(${select(VLLM.running)}))`;
  const before = `(sum(${select(VLLM.waiting, ` offset ${long}`)}) + sum(${select(VLLM.running, ` offset ${long}`)}))`;
  const estimate = `clamp_min(${rate(VLLM.finished, long)} + (${inside} - ${before}) / ${LONG * interval}, 0)`;
  return {
    queueDepth: `sum(${waiting})`,
    runningRequests: `sum(${select(VLLM.running)})`,
    completionRate: rate(VLLM.finished, short),
    finishedRate: rate(VLLM.finished, long),
    promptTokenRate: rate(VLLM.promptTokens, long),
    generationTokenRate: rate(VLLM.generationTokens, long),
    preemptionRate: rate(VLLM.preemptions, long),
    kvUsage: `max(${select(VLLM.kvUsage)})`,
    p99Latency: `histogram_quantile(0.99, sum by (le) (${rated(scope, latency, long, '_bucket')}))`,
    meanLatency: `${rate(latency, long, '_sum')} / ${rate(latency, long, '_count')}`,
    scrapedReplicas: `count(count by (pod) (${select(VLLM.running)}))`,
    sampleAge: `time() - max(timestamp(${select(VLLM.running)}))`,
    arrivalRateP95Hour: `quantile_over_time(0.95, ${estimate}[1h:${duration(interval)}])`,
  };
}

function kubeQueries({ workload, deployment }: QueryScope): Partial<Record<SignalName, string>> {
  const selector = `{namespace=${quote(workload.namespace)},deployment=${quote(deployment)}}`;
  const largest = (series: Series): string => `max(${series.names[0]}${selector})`;
  const pods = podsOf(workload, deployment);
  const scoped = (series: Series, matchers = ''): string =>
    `max by (namespace, pod) (${series.names[0]}{namespace=${quote(workload.namespace)}${matchers}})`;
  const starting = `(${scoped(KUBE.podCreated)} and on(namespace, pod) (${scoped(KUBE.podReady, ',condition="true"')} == 0) and on(namespace, pod) ${pods})`;
  return {
    specReplicas: largest(KUBE.specReplicas),
    readyReplicas: largest(KUBE.readyReplicas),
    startingReplicas: `clamp_min(${largest(KUBE.statusReplicas)} - ${largest(KUBE.readyReplicas)}, 0)`,
    oldestStartingAge: `time() - min(${starting})`,
    youngestStartingAge: `time() - max(${starting})`,
    coldStartP90: `quantile(0.9, (${scoped(KUBE.podReadyTime)} - on(namespace, pod) ${scoped(KUBE.podCreated)}) and on(namespace, pod) ${pods})`,
    hpaMinReplicas: `max(${KUBE.hpaMinReplicas.names[0]}${hpaSelector(workload)})`,
    hpaMaxReplicas: `max(${KUBE.hpaMaxReplicas.names[0]}${hpaSelector(workload)})`,
  };
}

function gpuQueries({ workload, deployment }: QueryScope): Partial<Record<SignalName, string>> {
  const pods = podsOf(workload, deployment);
  const [free, used, reserved] = [DCGM.fbFree, DCGM.fbUsed, DCGM.fbReserved].map((series) =>
    gpuSeries(workload, series),
  );
  const ofPods = (expression: string): string => `(${expression}) and on(namespace, pod) ${pods}`;
  return {
    gpuMemoryHeadroom: `min(${ofPods(`${free} / (${free} + ${used} + ${reserved})`)})`,
    gpuUtilization: `avg(${ofPods(gpuSeries(workload, DCGM.grEngineActive))}) or avg(${ofPods(gpuSeries(workload, DCGM.gpuUtil))}) / 100`,
  };
}

/** Series of the engine's pods: by model where one is named, else by ownership (a name pattern also fits sibling canaries). */
function selectEngine(scope: QueryScope, series: Series, suffix: string, matchers: string): string {
  return owned(
    scope,
    anyName(series, (name) => `${name}${engineSelector(scope, matchers)}${suffix}`),
  );
}

function rated(scope: QueryScope, series: Series, range: string, suffix: string): string {
  return owned(
    scope,
    anyName(series, (name) => `rate(${name}${suffix}${engineSelector(scope)}[${range}])`),
  );
}

/** The newest name, or an older one on pods that do not have it yet: both versions run during an upgrade. */
function anyName({ names }: Series, select: (name: string) => string): string {
  const alternatives = names.map(select).join(' or on(namespace, pod, engine) ');
  return names.length > 1 ? `(${alternatives})` : alternatives;
}

function owned(scope: QueryScope, expression: string): string {
  if (scope.workload.model !== undefined) return expression;
  return `(${expression} and on(namespace, pod) ${podsOf(scope.workload, scope.deployment)})`;
}

function engineSelector({ workload }: QueryScope, matchers = ''): string {
  const model = workload.model === undefined ? '' : `,model_name=${quote(workload.model)}`;
  return `{namespace=${quote(workload.namespace)}${model}${matchers}}`;
}

/** The pods of a Deployment, by way of its ReplicaSets; one series per pod, with the labels namespace and pod. */
function podsOf({ namespace }: Workload, deployment: string): string {
  const inNamespace = `namespace=${quote(namespace)}`;
  const pods = `label_replace(kube_pod_owner{${inNamespace},owner_kind="ReplicaSet"}, "replicaset", "$1", "owner_name", "(.*)")`;
  const sets = `kube_replicaset_owner{${inNamespace},owner_kind="Deployment",owner_name=${quote(deployment)}}`;
  return `(max by (namespace, pod) (${pods} and on(namespace, replicaset) ${sets}))`;
}

/** A scrape with honorLabels: false moves the pod's labels to exported_*; both forms end as namespace and pod. */
function gpuSeries({ namespace }: Workload, { names }: Series): string {
  const plain = `${names[0]}{namespace=${quote(namespace)},exported_pod=""}`;
  const exported = `${names[0]}{exported_namespace=${quote(namespace)}}`;
  const renamed = `label_replace(label_replace(${exported}, "pod", "$1", "exported_pod", "(.*)"), "namespace", "$1", "exported_namespace", "(.*)")`;
  return `max by (namespace, pod, gpu) (${plain} or ${renamed})`;
}

function hpaSelector({ namespace, name }: Workload): string {
  return `{namespace=${quote(namespace)},horizontalpodautoscaler=${quote(`keda-hpa-${name}`)}}`;
}

/** A PromQL string literal: backslash, quote and line breaks escaped, so that a value can only ever be a value. */
export function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function duration(seconds: Seconds): string {
  return `${Math.round(seconds * 1000)}ms`;
}
