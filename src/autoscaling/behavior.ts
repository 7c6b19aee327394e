import type { Ratio, Seconds } from '../base/units.js';

/** One direction of `spec.behavior` (autoscaling/v2). `tolerance` sits here since Kubernetes 1.33 (KEP-4951). */
export interface ScalingRules {
  readonly stabilizationWindow: Seconds;
  readonly tolerance: Ratio;
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly ScalingPolicy[];
}

export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly period: Seconds;
}

export interface HpaBehavior {
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/**
 * What an HPA has as `spec.behavior`: a block that the API server has filled in, or none at all, in which case the older rules
 * apply (no policies, up to max(2 x present, 4) at a sync, highest recommendation of the last 300 s).
 */
export type Behavior = HpaBehavior | 'none';

/** --horizontal-pod-autoscaler-tolerance and --horizontal-pod-autoscaler-downscale-stabilization of the controller manager. */
export const CONTROLLER_TOLERANCE: Ratio = 0.1;
export const CONTROLLER_DOWNSCALE_STABILIZATION: Seconds = 300;

/** What the API server fills into a `behavior` that says nothing (pkg/apis/autoscaling/v2/defaults.go). */
export const HPA_DEFAULT_BEHAVIOR: HpaBehavior = {
  scaleUp: {
    stabilizationWindow: 0,
    tolerance: CONTROLLER_TOLERANCE,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, period: 15 },
      { type: 'Percent', value: 100, period: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindow: CONTROLLER_DOWNSCALE_STABILIZATION,
    tolerance: CONTROLLER_TOLERANCE,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, period: 15 }],
  },
};

/** The behaviour our ScaledObject examples set: the HPA executes the decision and only remembers 120 s on the way down. */
export const RECOMMENDED_BEHAVIOR: HpaBehavior = {
  scaleUp: {
    stabilizationWindow: 0,
    tolerance: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Pods', value: 64, period: 15 }],
  },
  scaleDown: {
    stabilizationWindow: 120,
    tolerance: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, period: 15 }],
  },
};
