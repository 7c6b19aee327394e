import type { Replicas } from '../base/units.js';
import type { HpaMetric, HpaPod, Target } from './hpa-metric.js';
import { replicasForPlain, replicasForUtilization } from './pod-metrics.js';
import type { IsTolerated } from './tolerance.js';

/** Replica counts are 32-bit numbers; what exceeds them is held there. */
export const MAX_REPLICAS: Replicas = 2 ** 31 - 1;

/**
 * Replicas that one metric proposes, or undefined when it cannot be computed. Pure.
 * Source: pkg/controller/podautoscaler/replica_calculator.go, v1.35.
 */
export function proposeReplicas(metric: HpaMetric, target: Target, isTolerated: IsTolerated): Replicas | undefined {
  switch (metric.type) {
    case 'External':
      if (metric.total === undefined) return undefined;
      if (metric.target === 'Value') return replicasForValue(metric.total / metric.targetValue, target, isTolerated);
      return replicasForAverageValue(metric.total, metric.targetValue, target.statusReplicas, isTolerated);
    case 'Pods':
      return replicasForPlain(metric, target, isTolerated);
    case 'Resource':
      return replicasForUtilization(metric, target, isTolerated);
  }
}

/**
 * AverageValue: the present status count while total / (target x status) is tolerated, else ceil(total / target)
 * (GetExternalPerPodMetricReplicas). Without pods the ratio is infinite or NaN, hence never tolerated.
 */
export function replicasForAverageValue(
  total: number,
  targetValue: number,
  statusReplicas: Replicas,
  isTolerated: IsTolerated,
): Replicas {
  if (isTolerated(total / (targetValue * statusReplicas))) return statusReplicas;
  return Math.min(MAX_REPLICAS, Math.ceil(total / targetValue));
}

/** Value: the ratio times the pods that run and are ready (getUsageRatioReplicaCount); an error where there are no pods. */
function replicasForValue(
  ratio: number,
  { specReplicas, pods = [] }: Target,
  isTolerated: IsTolerated,
): Replicas | undefined {
  if (specReplicas === 0) return Math.ceil(ratio);
  if (isTolerated(ratio)) return specReplicas;
  if (pods.length === 0) return undefined;
  return Math.min(MAX_REPLICAS, Math.ceil(ratio * countReady(pods)));
}

/** Pods that run and are ready, terminating or not. */
export function countReady(pods: readonly HpaPod[]): Replicas {
  return pods.filter(({ phase, ready }) => phase === 'Running' && ready?.isTrue === true).length;
}
