import type { Replicas, Seconds } from '../base/units.js';
import type { HpaMetric } from './hpa-metric.js';
import { requestScale } from './keda-executor.js';
import { type FallbackReplicas, type MetricRecord, observeMetric } from './keda-fallback.js';
import { toMilli } from './quantity.js';
import type { Annotations, ScaledObjectSpec } from './scaled-object-spec.js';

/** What a scaler would answer if it were asked now. */
export type Reading =
  | { readonly kind: 'value'; readonly value: number; readonly isActive: boolean }
  /** GetMetrics or IsActive fails; GetMetricSpec works. */
  | { readonly kind: 'error' }
  /** GetMetricSpec fails too: the scaler is gone. */
  | { readonly kind: 'unreachable' };

/** What KEDA remembers of one ScaledObject. Status survives a restart of the operator, the records do not. */
export interface KedaState {
  readonly createdAt: Seconds;
  /** status.lastActiveTime. */
  readonly lastActiveAt: Seconds | undefined;
  /** status.health: consecutive failures by trigger. */
  readonly failures: readonly number[];
  /** Metric cache by trigger: what the last poll (useCachedMetrics), or the last HPA query, came to. */
  readonly records: readonly (MetricRecord | undefined)[];
}

export function initialKedaState(createdAt: Seconds): KedaState {
  return { createdAt, lastActiveAt: undefined, failures: [], records: [] };
}

/** The operator restarts, or the scale loop is stopped by a pause: what was only in memory is gone. */
export function forgetRecords(state: KedaState): KedaState {
  return { ...state, records: [] };
}

/** What a call of KEDA's may look at. */
export interface KedaInput extends FallbackReplicas {
  readonly now: Seconds;
  readonly spec: ScaledObjectSpec;
  /** One for each trigger of the spec. */
  readonly readings: readonly Reading[];
  readonly annotations?: Annotations;
  /** The HPA's condition ScalingActive. */
  readonly isScalingActive: boolean | undefined;
}

/**
 * One poll of KEDA's scale loop (pkg/scaling/scale_handler.go, checkScalers, v2.21.0): every trigger is asked, then the executor
 * decides between 0 (or idle) and the minimum. Where the loop has nothing to do (minimum above 0, no idle count, nothing cached)
 * and the HPA computes metrics, the poll takes over what the HPA's last query saw and asks nobody. Pure.
 */
export function pollKeda(
  input: KedaInput,
  state: KedaState,
): { readonly specReplicas: Replicas; readonly state: KedaState } {
  const { spec, readings, now, specReplicas, annotations = {} } = input;
  const isObserved = usesHpaObservations(spec) && input.isScalingActive === true;
  const failures = [...state.failures];
  const records = [...state.records];
  let isActive = false;
  let isError = false;
  for (const [i, trigger] of spec.triggers.entries()) {
    const reading = readings[i];
    if (!reading || reading.kind === 'unreachable') {
      isError = true;
      continue;
    }
    let record = isObserved ? state.records[i] : undefined;
    if (!record) {
      const observed = observeMetric(spec.fallback, trigger, rawOf(reading), failures[i] ?? 0, input);
      failures[i] = observed.failures;
      record = observed.record;
    }
    if (trigger.useCachedMetrics) records[i] = record;
    if (record.value === undefined) isError = true;
    else isActive ||= record.isActive || record.isFallback;
  }
  const scaled = requestScale({ now, spec, specReplicas, annotations, isActive, isError }, state);
  return {
    specReplicas: scaled.specReplicas,
    state: { ...state, failures, records, lastActiveAt: scaled.lastActiveAt },
  };
}

/** A `true` pushed by an external-push scaler: acted on at once, whatever the other triggers say. */
export function pushActive(
  input: KedaInput,
  state: KedaState,
): { readonly specReplicas: Replicas; readonly state: KedaState } {
  const { now, spec, specReplicas, annotations = {} } = input;
  const scaled = requestScale({ now, spec, specReplicas, annotations, isActive: true, isError: false }, state);
  return { specReplicas: scaled.specReplicas, state: { ...state, lastActiveAt: scaled.lastActiveAt } };
}

/**
 * What the HPA is given for its metrics, one query each (GetScaledObjectMetrics). An unreachable trigger fails the queries for
 * all others too, unless the asked one is in fallback. Pure.
 */
export function queryMetrics(
  input: KedaInput,
  state: KedaState,
): { readonly metrics: readonly HpaMetric[]; readonly state: KedaState } {
  const { spec, readings } = input;
  const failures = [...state.failures];
  const records = [...state.records];
  const isStored = usesHpaObservations(spec);
  const isSomeoneGone = spec.triggers.some((_, i) => (readings[i]?.kind ?? 'unreachable') === 'unreachable');
  const metrics = spec.triggers.map((trigger, i): HpaMetric => {
    const failing = { type: 'External', target: trigger.metricType, targetValue: toMilli(trigger.target) } as const;
    const reading = readings[i];
    if (!reading || reading.kind === 'unreachable') return { ...failing, total: undefined };
    const raw = (trigger.useCachedMetrics ? state.records[i] : undefined) ?? rawOf(reading);
    const observed = observeMetric(spec.fallback, trigger, raw, failures[i] ?? 0, input);
    failures[i] = observed.failures;
    if (isStored) records[i] = observed.record;
    const isAnswered = observed.record.isFallback || !isSomeoneGone;
    return { ...failing, total: isAnswered ? observed.record.value : undefined };
  });
  return { metrics, state: { ...state, failures, records } };
}

/** Whether polls may take over what the HPA's queries saw (ScaledObject.UsesHPAObservations, new in v2.21.0). */
function usesHpaObservations({ minReplicas, idleReplicas, triggers }: ScaledObjectSpec): boolean {
  return minReplicas > 0 && idleReplicas === undefined && !triggers.some(({ useCachedMetrics }) => useCachedMetrics);
}

function rawOf(reading: Reading): Pick<MetricRecord, 'value' | 'isActive'> {
  return reading.kind === 'value'
    ? { value: toMilli(reading.value), isActive: reading.isActive }
    : { value: undefined, isActive: false };
}
