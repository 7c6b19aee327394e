import { clamp } from '../base/numbers.js';
import type { Replicas, Seconds } from '../base/units.js';
import type { HpaBehavior } from './behavior.js';
import { limitRate, type ScaleEvent } from './scaling-policies.js';

interface Recommendation {
  readonly at: Seconds;
  readonly replicas: Replicas;
}

/** The memory of one HPA: unstabilized recommendations and what it did, oldest first. Passed in and returned, never shared. */
export interface HpaState {
  readonly recommendations: readonly Recommendation[];
  readonly events: readonly ScaleEvent[];
}

export function initialHpaState(): HpaState {
  return { recommendations: [], events: [] };
}

export interface HpaInput {
  readonly now: Seconds;
  readonly specReplicas: Replicas;
  /** status.replicas: pods that exist, ready or not; AverageValue divides by these. */
  readonly statusReplicas: Replicas;
  /** Sum of the external metric's values; undefined when the metrics API failed: the HPA then holds. */
  readonly metricTotal: number | undefined;
  /** AverageValue target, > 0. */
  readonly target: number;
  readonly bounds: { readonly minReplicas: Replicas; readonly maxReplicas: Replicas };
  readonly behavior: HpaBehavior;
}

/**
 * One HPA sync with a single external metric of type AverageValue: the new spec.replicas and the new memory. Pure.
 * At 0 replicas the HPA is switched off. Order as in reconcileAutoscaler: bounds of the present count, metric, stabilization,
 * rate policies (pkg/controller/podautoscaler/horizontal.go, v1.35).
 */
export function syncHpa(
  input: HpaInput,
  state: HpaState,
): { readonly desiredReplicas: Replicas; readonly state: HpaState } {
  const { specReplicas, bounds } = input;
  if (specReplicas === 0) return { desiredReplicas: 0, state };
  const minReplicas = Math.max(1, bounds.minReplicas);
  if (specReplicas > bounds.maxReplicas) return record(input, state, bounds.maxReplicas);
  if (specReplicas < minReplicas) return record(input, state, minReplicas);
  if (input.metricTotal === undefined || !Number.isFinite(input.metricTotal))
    return { desiredReplicas: specReplicas, state };

  const recommended = replicasForAverageValue(input, input.metricTotal);
  const stabilized = stabilize(input, state, recommended);
  const limited = limitRate(input, state.events, stabilized);
  const desired = clamp(limited, minReplicas, bounds.maxReplicas);
  return record(input, remember(input, state, recommended), desired);
}

/**
 * Replicas that an AverageValue metric asks for: the present status count while total / (target * status) is inside the
 * tolerance, else ceil(total / target) (replica_calculator.go, GetExternalPerPodMetricReplicas).
 */
export function replicasForAverageValue(input: HpaInput, total: number): Replicas {
  const { statusReplicas, target, behavior } = input;
  const ratio = total / (target * statusReplicas);
  const isTolerated = ratio >= 1 - behavior.scaleDown.tolerance && ratio <= 1 + behavior.scaleUp.tolerance;
  if (statusReplicas > 0 && isTolerated) return statusReplicas;
  // Values travel as milli-quantities: a rounding residue below that must not add a replica.
  return Math.ceil(Math.round((total / target) * 1000) / 1000);
}

/** Brings the present count between the lowest recent recommendation (up) and the highest (down). */
function stabilize(input: HpaInput, state: HpaState, recommended: Replicas): Replicas {
  const upCutoff = input.now - input.behavior.scaleUp.stabilizationWindow;
  const downCutoff = input.now - input.behavior.scaleDown.stabilizationWindow;
  let up = recommended;
  let down = recommended;
  for (const { at, replicas } of state.recommendations) {
    if (at > upCutoff) up = Math.min(up, replicas);
    if (at > downCutoff) down = Math.max(down, replicas);
  }
  return Math.min(Math.max(input.specReplicas, up), down);
}

function remember(input: HpaInput, state: HpaState, recommended: Replicas): HpaState {
  const { scaleUp, scaleDown } = input.behavior;
  const cutoff = input.now - Math.max(scaleUp.stabilizationWindow, scaleDown.stabilizationWindow);
  const recommendations = state.recommendations.filter(({ at }) => at > cutoff);
  return { ...state, recommendations: [...recommendations, { at: input.now, replicas: recommended }] };
}

function record(
  input: HpaInput,
  state: HpaState,
  desiredReplicas: Replicas,
): { desiredReplicas: Replicas; state: HpaState } {
  const change = desiredReplicas - input.specReplicas;
  if (change === 0) return { desiredReplicas, state };
  const { scaleUp, scaleDown } = input.behavior;
  const longest = Math.max(0, ...[...scaleUp.policies, ...scaleDown.policies].map(({ period }) => period));
  const events = state.events.filter(({ at }) => at > input.now - longest);
  return { desiredReplicas, state: { ...state, events: [...events, { at: input.now, change }] } };
}
