import type { SignalName } from '../decision/signal.js';
import type { Workload } from '../decision/workload.js';
import { DCGM } from '../engines/dcgm.js';
import { GATEWAYS } from '../engines/gateway.js';
import { KUBE } from '../engines/kube-state-metrics.js';
import type { Series } from '../engines/series.js';
import { duration, podsOf, type QueryScope, quote, SHORT } from './promql.js';
import { tritonGpuQueries, tritonQueries } from './triton-queries.js';
import { vllmQueries } from './vllm-queries.js';

/**
 * The PromQL of every signal that the workload's engine has. All text comes from here and from `engines/`; what a tenant supplies only ever
 * appears as the value of an equality matcher, quoted. Each query yields at most one sample.
 */
export function buildQueries(scope: QueryScope): Readonly<Partial<Record<SignalName, string>>> {
  const gpu = gpuQueries(scope);
  const gateway = gatewayQueries(scope);
  if (scope.workload.engine === 'vllm') return { ...vllmQueries(scope), ...gateway, ...kubeQueries(scope), ...gpu };
  const own = tritonGpuQueries(scope);
  return {
    ...tritonQueries(scope),
    ...gateway,
    ...kubeQueries(scope),
    gpuMemoryHeadroom: `(${gpu.gpuMemoryHeadroom}) or (${own.gpuMemoryHeadroom})`,
    gpuUtilization: `(${gpu.gpuUtilization}) or (${own.gpuUtilization})`,
  };
}

/** Who KEDA's HPA for this ScaledObject scales: one series whose labels say so. */
export function targetQuery(workload: Workload): string {
  return `max by (scaletargetref_kind, scaletargetref_name) (${KUBE.hpaInfo.names[0]}${hpaSelector(workload)})`;
}

/** Requests received, where a gateway counts them. It counts for several models, so without a model there is nothing to ask for. */
function gatewayQueries({ workload, interval }: QueryScope): Partial<Record<SignalName, string>> {
  const { arrivals, model, namespace } = workload;
  if (arrivals === undefined || model === undefined) return {};
  const { received, model: label, written } = GATEWAYS[arrivals];
  const selector = `{namespace=${quote(namespace)},${label}=${quote(written(model))}}`;
  return { arrivalRate: `sum(rate(${received.names[0]}${selector}[${duration(SHORT * interval)}]))` };
}

function kubeQueries({ workload, deployment }: QueryScope): Partial<Record<SignalName, string>> {
  const selector = `{namespace=${quote(workload.namespace)},deployment=${quote(deployment)}}`;
  const largest = (series: Series): string => `max(${series.names[0]}${selector})`;
  const pods = podsOf(workload, deployment);
  const scoped = (series: Series, matchers = ''): string =>
    `max by (namespace, pod) (${series.names[0]}{namespace=${quote(workload.namespace)}${matchers}})`;
  // A pod that no node has room for has no condition Ready at all: whatever is not ready is starting.
  const starting = `((${scoped(KUBE.podCreated)} unless on(namespace, pod) (${scoped(KUBE.podReady, ',condition="true"')} == 1)) and on(namespace, pod) ${pods})`;
  return {
    specReplicas: largest(KUBE.specReplicas),
    readyReplicas: largest(KUBE.readyReplicas),
    startingReplicas: `clamp_min(${largest(KUBE.statusReplicas)} - ${largest(KUBE.readyReplicas)}, 0)`,
    oldestStartingAge: `time() - min(${starting})`,
    youngestStartingAge: `time() - max(${starting})`,
    // A container that is restarted gives its pod a new ready time: what lies between creation and that is no cold start.
    coldStartP90: `quantile(0.9, ((${scoped(KUBE.podReadyTime)} - on(namespace, pod) ${scoped(KUBE.podCreated)}) and on(namespace, pod) ${pods}) unless on(namespace, pod) (${scoped(KUBE.containerRestarts)} > 0))`,
    hpaMinReplicas: `max(${KUBE.hpaMinReplicas.names[0]}${hpaSelector(workload)})`,
    hpaMaxReplicas: `max(${KUBE.hpaMaxReplicas.names[0]}${hpaSelector(workload)})`,
  };
}

function gpuQueries({ workload, deployment }: QueryScope): Record<'gpuMemoryHeadroom' | 'gpuUtilization', string> {
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
