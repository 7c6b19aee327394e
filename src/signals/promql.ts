import type { Seconds } from '../base/units.js';
import type { EngineName } from '../decision/serving-profile.js';
import type { Workload } from '../decision/workload.js';
import type { Series } from '../engines/series.js';

/** What all queries of a workload are made from. */
export interface QueryScope {
  readonly workload: Workload;
  /** The scaled Deployment. */
  readonly deployment: string;
  /** Scrape interval of the backend; equal to the grid's. */
  readonly interval: Seconds;
}

/** Ranges of `rate`, in scrape intervals: two samples for what must be fresh, a minute at 15 s for what may be smooth. */
export const SHORT = 2;
export const LONG = 4;

/** The label that names the model, and those that tell one pod's series from another's. */
const LABELS: Readonly<Record<EngineName, { readonly model: string; readonly identity: string }>> = {
  vllm: { model: 'model_name', identity: 'namespace, pod, engine' },
  triton: { model: 'model', identity: 'namespace, pod, model, version' },
};

/** Label names by which series of one engine are matched with one another. */
export function identityOf({ workload }: QueryScope): string {
  return LABELS[workload.engine].identity;
}

/** Series of the engine's pods: by model where one is named, else by ownership (a name pattern also fits sibling canaries). */
export function selectEngine(scope: QueryScope, series: Series, suffix = '', matchers = ''): string {
  return owned(
    scope,
    anyName(scope, series, (name) => `${name}${engineSelector(scope, matchers)}${suffix}`),
  );
}

export function rated(scope: QueryScope, series: Series, range: string, suffix = '', matchers = ''): string {
  return owned(
    scope,
    anyName(scope, series, (name) => `rate(${name}${suffix}${engineSelector(scope, matchers)}[${range}])`),
  );
}

/** When the engine's samples were taken. `timestamp` of anything but a bare selector would be the time of the evaluation. */
export function sampledAt(scope: QueryScope, series: Series): string {
  return owned(
    scope,
    anyName(scope, series, (name) => `timestamp(${name}${engineSelector(scope)})`),
  );
}

/** The newest name, or an older one on pods that do not have it yet: both versions run during an upgrade. */
function anyName(scope: QueryScope, { names }: Series, select: (name: string) => string): string {
  const alternatives = names.map(select).join(` or on(${identityOf(scope)}) `);
  return names.length > 1 ? `(${alternatives})` : alternatives;
}

function owned(scope: QueryScope, expression: string): string {
  if (scope.workload.model !== undefined) return expression;
  return `(${expression} and on(namespace, pod) ${podsOf(scope.workload, scope.deployment)})`;
}

function engineSelector({ workload }: QueryScope, matchers = ''): string {
  const { model, engine, namespace } = workload;
  const matcher = model === undefined ? '' : `,${LABELS[engine].model}=${quote(model)}`;
  return `{namespace=${quote(namespace)}${matcher}${matchers}}`;
}

/** The pods of a Deployment, by way of its ReplicaSets; one series per pod, with the labels namespace and pod. */
export function podsOf({ namespace }: Workload, deployment: string): string {
  const inNamespace = `namespace=${quote(namespace)}`;
  const pods = `label_replace(kube_pod_owner{${inNamespace},owner_kind="ReplicaSet"}, "replicaset", "$1", "owner_name", "(.*)")`;
  const sets = `kube_replicaset_owner{${inNamespace},owner_kind="Deployment",owner_name=${quote(deployment)}}`;
  return `(max by (namespace, pod) (${pods} and on(namespace, replicaset) ${sets}))`;
}

/** A PromQL string literal: backslash, quote and line breaks escaped, so that a value can only ever be a value. */
export function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** The label that tells apart what was asked for together. */
export const PART = 'kiscaler_part';

/**
 * One query for several that yield one series without labels each: the union of theirs, each with its name in the label PART.
 * Evaluated once for all of them, over the same instants.
 */
export function unionOf(queries: ReadonlyMap<string, string>): string {
  const parts = [...queries].map(
    ([name, query]) => `label_replace(${query}, "${PART}", ${quote(name)}, "${PART}", "")`,
  );
  return parts.join(' or ');
}

export function duration(seconds: Seconds): string {
  return `${Math.round(seconds * 1000)}ms`;
}
