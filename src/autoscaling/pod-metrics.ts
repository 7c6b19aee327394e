import type { Replicas, Seconds } from '../base/units.js';
import type { HpaMetric, HpaPod, PodSample, PodUsage, Target } from './hpa-metric.js';
import type { Milli } from './quantity.js';
import type { IsTolerated } from './tolerance.js';

/** --horizontal-pod-autoscaler-cpu-initialization-period and -initial-readiness-delay. */
const CPU_INITIALIZATION: Seconds = 300;
const INITIAL_READINESS_DELAY: Seconds = 30;

interface Groups {
  readonly ready: number;
  /** Values of the pods that count. */
  readonly values: Map<string, Milli>;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
}

/** How far the values are from the target: 1 is on it. NaN when it cannot be told. */
type RatioOf = (values: ReadonlyMap<string, Milli>) => number;

/**
 * A Pods metric (or a resource with an average value): whole thousandths on average, over the target (calcPlainMetricReplicas).
 * Pods without a sample count as on target when scaling down and as idle when scaling up, pods that are not ready as idle when
 * scaling up; a fill that turns the direction round changes nothing.
 */
export function replicasForPlain(
  { targetValue, usage }: HpaMetric & { readonly type: 'Pods' },
  target: Target,
  isTolerated: IsTolerated,
): Replicas | undefined {
  const ratioOf: RatioOf = (values) => Math.trunc(sum(values) / values.size) / targetValue;
  return propose(group(target, usage, undefined), ratioOf, () => targetValue, target, isTolerated);
}

/**
 * A Resource metric: used share of the requested amount in whole per cent, over the target (GetResourceReplicas). Missing pods
 * count as using all they request (or the target, where that is above 100 %) when scaling down.
 */
export function replicasForUtilization(
  { resource, targetUtilization, usage }: HpaMetric & { readonly type: 'Resource' },
  target: Target,
  isTolerated: IsTolerated,
): Replicas | undefined {
  const requests = new Map((target.pods ?? []).map(({ name, request }) => [name, request]));
  const ratioOf: RatioOf = (values) => {
    let used = 0;
    let requested = 0;
    for (const [name, value] of values) {
      const request = requests.get(name);
      if (request === undefined) continue;
      used += value;
      requested += request;
    }
    return requested === 0 ? Number.NaN : Math.trunc((used * 100) / requested) / targetUtilization;
  };
  const fill = (name: string): Milli =>
    Math.trunc(((requests.get(name) ?? 0) * Math.max(100, targetUtilization)) / 100);
  return propose(group(target, usage, resource), ratioOf, fill, target, isTolerated);
}

function propose(
  groups: Groups | undefined,
  ratioOf: RatioOf,
  fillDown: (name: string) => Milli,
  { specReplicas }: Target,
  isTolerated: IsTolerated,
): Replicas | undefined {
  if (!groups || groups.values.size === 0) return undefined;
  const { values, unready, missing } = groups;
  const ratio = ratioOf(values);
  if (Number.isNaN(ratio)) return undefined;
  const isUpWithUnready = unready.length > 0 && ratio > 1;
  if (!isUpWithUnready && missing.length === 0)
    return isTolerated(ratio) ? specReplicas : Math.ceil(ratio * groups.ready);
  if (ratio < 1) for (const name of missing) values.set(name, fillDown(name));
  if (ratio > 1) for (const name of missing) values.set(name, 0);
  if (isUpWithUnready) for (const name of unready) values.set(name, 0);
  const filled = ratioOf(values);
  const hasTurned = (ratio < 1 && filled > 1) || (ratio > 1 && filled < 1);
  if (isTolerated(filled) || hasTurned) return specReplicas;
  const proposed = Math.ceil(filled * values.size);
  const isAgainst = (filled < 1 && proposed > specReplicas) || (filled > 1 && proposed < specReplicas);
  return isAgainst ? specReplicas : proposed;
}

/** Sorts the pods as groupPods does; undefined without pods or without any answer. */
function group(
  { pods = [], now }: Target,
  usage: PodUsage | undefined,
  resource: 'cpu' | 'memory' | undefined,
): Groups | undefined {
  if (!usage || pods.length === 0) return undefined;
  const values = new Map<string, Milli>();
  for (const [name, { value }] of usage) values.set(name, value);
  const unready: string[] = [];
  const missing: string[] = [];
  let ready = 0;
  for (const pod of pods) {
    const sample = usage.get(pod.name);
    if (pod.isTerminating || pod.phase === 'Failed') values.delete(pod.name);
    else if (pod.phase === 'Pending' || (resource === 'cpu' && sample && isUnready(pod, sample, now))) {
      values.delete(pod.name);
      unready.push(pod.name);
    } else if (!sample) missing.push(pod.name);
    else ready++;
  }
  return { ready, values, unready, missing };
}

/** CPU of a pod that starts up says nothing of its load: its sample counts once it is ready and a whole window lies after that. */
function isUnready({ ready, startedAt }: HpaPod, sample: PodSample, now: Seconds): boolean {
  if (!ready || startedAt === undefined) return true;
  if (startedAt + CPU_INITIALIZATION > now) return !ready.isTrue || sample.at < ready.changedAt + sample.window;
  return !ready.isTrue && startedAt + INITIAL_READINESS_DELAY > ready.changedAt;
}

function sum(values: ReadonlyMap<string, Milli>): Milli {
  let total = 0;
  for (const value of values.values()) total += value;
  return total;
}
