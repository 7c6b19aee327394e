import type { Replicas, Seconds } from '../base/units.js';
import type { Behavior, HpaBehavior } from './behavior.js';
import { HPA_DEFAULT_BEHAVIOR } from './behavior.js';

/** One trigger of a ScaledObject with one metric. */
export interface TriggerSpec {
  /** Target of the metric, > 0; ours is always 1. */
  readonly target: number;
  readonly metricType: 'AverageValue' | 'Value';
  /** Whether the HPA is given what the last poll read. */
  readonly useCachedMetrics: boolean;
}

/** `spec.fallback` of a ScaledObject (`scalingModifiers` needs a formula and is not modelled). */
export interface Fallback {
  readonly failureThreshold: number;
  readonly replicas: Replicas;
  readonly behavior: 'static' | 'currentReplicas' | 'currentReplicasIfHigher' | 'currentReplicasIfLower';
}

/** The parts of a ScaledObject that KEDA's and the HPA's arithmetic read. */
export interface ScaledObjectSpec {
  readonly minReplicas: Replicas;
  readonly maxReplicas: Replicas;
  readonly idleReplicas?: Replicas;
  readonly pollingInterval: Seconds;
  readonly cooldownPeriod: Seconds;
  readonly initialCooldownPeriod: Seconds;
  readonly fallback?: Fallback;
  readonly behavior: Behavior;
  readonly triggers: readonly TriggerSpec[];
}

/** Annotations `autoscaling.keda.sh/...` that are set now. */
export interface Annotations {
  /** `paused`, or `paused-replicas` with its count: the scale loop stops and the HPA is deleted. */
  readonly paused?: boolean | Replicas;
  readonly pausedScaleIn?: boolean;
  readonly pausedScaleOut?: boolean;
  readonly forceActivation?: boolean;
}

/**
 * The HPA's behaviour while scaling in one direction is paused: KEDA disables that direction, and what else was absent is filled
 * in by the API server (controllers/keda/hpa.go).
 */
export function behaviorWhile(behavior: Behavior, { pausedScaleIn, pausedScaleOut }: Annotations): Behavior {
  if (!pausedScaleIn && !pausedScaleOut) return behavior;
  const { scaleUp, scaleDown }: HpaBehavior = behavior === 'none' ? HPA_DEFAULT_BEHAVIOR : behavior;
  return {
    scaleUp: pausedScaleOut ? { ...scaleUp, selectPolicy: 'Disabled' } : scaleUp,
    scaleDown: pausedScaleIn ? { ...scaleDown, selectPolicy: 'Disabled' } : scaleDown,
  };
}
