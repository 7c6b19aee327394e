import type { Replicas } from '../base/units.js';
import type { Milli } from './quantity.js';
import { toMilli } from './quantity.js';
import type { Fallback, TriggerSpec } from './scaled-object-spec.js';

/** Replicas as KEDA sees them when it falls back. */
export interface FallbackReplicas {
  readonly specReplicas: Replicas;
  /** Pods that run and are ready. */
  readonly readyReplicas: Replicas;
}

/** What a trigger said, after the fallback: a value, or an error where `value` is undefined. */
export interface MetricRecord {
  readonly value: Milli | undefined;
  readonly isActive: boolean;
  readonly isFallback: boolean;
}

/**
 * One observation of one trigger: the record, and the new number of consecutive failures of its metric. A success forgets all
 * failures; failures are only counted where there is a fallback, which steps in once there are more than `failureThreshold`
 * (pkg/fallback/fallback.go, GetMetricsWithFallback, v2.21.0). Pure.
 */
export function observeMetric(
  fallback: Fallback | undefined,
  trigger: TriggerSpec,
  raw: { readonly value: Milli | undefined; readonly isActive: boolean },
  failures: number,
  replicas: FallbackReplicas,
): { readonly record: MetricRecord; readonly failures: number } {
  const { value: answered, isActive } = raw;
  if (answered !== undefined) return { record: { value: answered, isActive, isFallback: false }, failures: 0 };
  if (!fallback) return { record: { value: answered, isActive, isFallback: false }, failures };
  const counted = failures + 1;
  const value = counted > fallback.failureThreshold ? fallbackValue(fallback, trigger, replicas) : undefined;
  return { record: { value, isActive, isFallback: value !== undefined }, failures: counted };
}

/** target x replicas; for the type Value divided by the ready pods, of which there must be some (doFallback). */
function fallbackValue(fallback: Fallback, trigger: TriggerSpec, replicas: FallbackReplicas): Milli | undefined {
  let wanted = fallbackReplicas(fallback, replicas.specReplicas);
  if (trigger.metricType === 'Value') {
    if (replicas.readyReplicas === 0) return undefined;
    wanted /= replicas.readyReplicas;
  }
  return Math.trunc(toMilli(trigger.target) * 1e-3 * 1000 * wanted);
}

function fallbackReplicas({ behavior, replicas }: Fallback, currentReplicas: Replicas): Replicas {
  switch (behavior) {
    case 'static':
      return replicas;
    case 'currentReplicas':
      return currentReplicas;
    case 'currentReplicasIfHigher':
      return Math.max(currentReplicas, replicas);
    case 'currentReplicasIfLower':
      return Math.min(currentReplicas, replicas);
  }
}
