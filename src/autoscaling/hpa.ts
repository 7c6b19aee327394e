import { clamp } from '../base/numbers.js';
import type { Replicas } from '../base/units.js';
import type { Behavior } from './behavior.js';
import { type HpaState, rememberChange } from './hpa-memory.js';
import type { HpaMetric, Target } from './hpa-metric.js';
import { toMilli } from './quantity.js';
import { proposeReplicas } from './replica-calculator.js';
import { limitRate } from './scaling-policies.js';
import { stabilize } from './stabilization.js';
import { type KubernetesRelease, toleranceOf } from './tolerance.js';

export { type HpaState, initialHpaState } from './hpa-memory.js';

export interface HpaInput extends Target {
  readonly metrics: readonly HpaMetric[];
  /** Of the HPA: KEDA gives it at least 1 as the minimum. */
  readonly bounds: { readonly minReplicas: Replicas; readonly maxReplicas: Replicas };
  readonly behavior: Behavior;
  /** Default: 1.35. */
  readonly release?: KubernetesRelease;
}

export interface HpaResult {
  /** The new spec.replicas. */
  readonly desiredReplicas: Replicas;
  readonly state: HpaState;
}

/** Our metric: a sum of values against an average, both in plain numbers; undefined: the metrics API failed. */
export function averageValue(total: number | undefined, target: number): HpaMetric {
  const sum = total === undefined ? undefined : toMilli(total);
  return { type: 'External', target: 'AverageValue', targetValue: toMilli(target), total: sum };
}

/**
 * One HPA sync: the new spec.replicas and the new memory. Pure. At 0 replicas the HPA is switched off (minimum 0 needs a gate
 * that is off). Order as in reconcileAutoscaler: bounds of the present count, metrics, stabilization, policies
 * (pkg/controller/podautoscaler/horizontal.go, v1.35).
 */
export function syncHpa(input: HpaInput, before: HpaState): HpaResult {
  const { now, specReplicas, bounds, behavior } = input;
  const { recommendations = [{ at: now, replicas: specReplicas }] } = before;
  const state: HpaState = { ...before, recommendations };
  const minReplicas = Math.max(1, bounds.minReplicas);
  if (specReplicas === 0) return { desiredReplicas: 0, state: { ...state, isScalingActive: false } };
  if (specReplicas > bounds.maxReplicas) return change(input, state, bounds.maxReplicas);
  if (specReplicas < minReplicas) return change(input, state, minReplicas);
  const recommended = recommend(input);
  if (recommended === undefined) return { desiredReplicas: specReplicas, state: { ...state, isScalingActive: false } };

  const stabilized = stabilize(specReplicas, { at: now, replicas: recommended }, behavior, recommendations);
  const remembered = { ...state, recommendations: stabilized.recommendations, isScalingActive: true };
  const limited = limitRate({ ...remembered, now, specReplicas, behavior }, stabilized.replicas);
  return change(input, remembered, clamp(limited, minReplicas, bounds.maxReplicas));
}

/**
 * The largest proposal. Undefined, hence hold, when no metric can be computed, or when some cannot and the others would scale
 * down (computeReplicasForMetrics).
 */
function recommend(input: HpaInput): Replicas | undefined {
  const isTolerated = toleranceOf(input.behavior, input.release ?? '1.35');
  let largest = 0;
  let invalid = 0;
  for (const metric of input.metrics) {
    const proposal = proposeReplicas(metric, input, isTolerated);
    if (proposal === undefined) invalid++;
    else largest = Math.max(largest, proposal);
  }
  if (invalid === input.metrics.length || (invalid > 0 && largest < input.specReplicas)) return undefined;
  return largest;
}

function change({ now, specReplicas, behavior }: HpaInput, state: HpaState, desiredReplicas: Replicas): HpaResult {
  return { desiredReplicas, state: rememberChange(state, behavior, now, desiredReplicas - specReplicas) };
}
