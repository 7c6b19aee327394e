import {
  type Behavior,
  CONTROLLER_TOLERANCE,
  type HpaBehavior,
  RECOMMENDED_BEHAVIOR,
} from '../autoscaling/behavior.js';
import type { Annotations, Fallback, ScaledObjectSpec, TriggerSpec } from '../autoscaling/scaled-object-spec.js';
import type { KubernetesRelease } from '../autoscaling/tolerance.js';
import type { Ratio, Replicas, Seconds } from '../base/units.js';
import type { Bounds } from '../decision/workload.js';
import type { LoopTimes } from './control-loop.js';

/** Behaviour blocks by name: `recommended` is what our examples set, `kubernetes` what applies when nobody sets one. */
export const BEHAVIORS = { recommended: RECOMMENDED_BEHAVIOR, kubernetes: 'none' } as const satisfies Record<
  string,
  Behavior
>;

export type BehaviorName = keyof typeof BEHAVIORS;

/** A behaviour block by name, or the block itself. */
export function behaviorOf(given: BehaviorName | HpaBehavior): Behavior {
  return typeof given === 'string' ? BEHAVIORS[given] : given;
}

/** By how much a metric may exceed its target before the HPA scales up. */
export function upToleranceOf(behavior: Behavior): Ratio {
  return behavior === 'none' ? CONTROLLER_TOLERANCE : behavior.scaleUp.tolerance;
}

/** --horizontal-pod-autoscaler-sync-period of the controller manager. */
export const HPA_SYNC: Seconds = 15;
/** The one target that our metric ever has: the value is the count. */
const TARGET = 1;

/** The ScaledObject of a fleet, and when the loops that carry it out take their turns. */
export interface ControlOptions {
  readonly bounds: Bounds;
  readonly behavior: Behavior;
  readonly pollingInterval: Seconds;
  readonly cooldownPeriod: Seconds;
  /** Default 0. */
  readonly initialCooldownPeriod?: Seconds;
  readonly idleReplicas?: Replicas;
  readonly fallback?: Fallback;
  readonly metricType?: TriggerSpec['metricType'];
  readonly useCachedMetrics?: boolean;
  /** Whether the scaler also pushes its activity (external-push): 0 to 1 then does not wait for a poll. */
  readonly push?: boolean;
  /** Further triggers that want so many replicas at certain times, like KEDA's cron trigger. */
  readonly schedules?: readonly Schedule[];
  /** Annotations that somebody sets and takes away again. */
  readonly annotations?: readonly AnnotationWindow[];
  /** Default 15 s. */
  readonly hpaSync?: Seconds;
  readonly release?: KubernetesRelease;
  /** When the loops take their turns; by default every period from a moment drawn at random. */
  readonly kedaTurns?: LoopTimes;
  readonly hpaTurns?: LoopTimes;
  /** When the ScaledObject was made; default 0. */
  readonly createdAt?: Seconds;
  /** Called after every turn of a loop. */
  readonly onTurn?: (loop: 'keda' | 'hpa', now: Seconds) => void;
}

export interface Schedule {
  readonly from: Seconds;
  readonly until: Seconds;
  readonly replicas: Replicas;
}

export interface AnnotationWindow {
  readonly at: Seconds;
  readonly until: Seconds;
  readonly annotations: Annotations;
}

/** The ScaledObject of these options: our trigger first, then one for each schedule. */
export function specOf(options: ControlOptions): ScaledObjectSpec {
  const { bounds, idleReplicas, fallback, schedules = [], metricType = 'AverageValue' } = options;
  const ours: TriggerSpec = { target: TARGET, metricType, useCachedMetrics: options.useCachedMetrics ?? false };
  const others = schedules.map(
    (): TriggerSpec => ({ target: TARGET, metricType: 'AverageValue', useCachedMetrics: false }),
  );
  return {
    ...bounds,
    behavior: options.behavior,
    pollingInterval: options.pollingInterval,
    cooldownPeriod: options.cooldownPeriod,
    initialCooldownPeriod: options.initialCooldownPeriod ?? 0,
    ...(idleReplicas === undefined ? {} : { idleReplicas }),
    ...(fallback ? { fallback } : {}),
    triggers: [ours, ...others],
  };
}
