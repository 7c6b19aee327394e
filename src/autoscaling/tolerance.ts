import type { Ratio } from '../base/units.js';
import { type Behavior, CONTROLLER_TOLERANCE } from './behavior.js';

/**
 * Minor releases between which the HPA's tolerance changed: up to 1.32 one symmetric number for the whole cluster; from 1.33 on
 * the two directions are compared apart; from 1.35 on (1.33 and 1.34 with the gate HPAConfigurableTolerance) `behavior` may set
 * each.
 */
export const KUBERNETES_RELEASES = ['1.32', '1.33', '1.35'] as const;
export type KubernetesRelease = (typeof KUBERNETES_RELEASES)[number];

/** Whether a metric's ratio of usage to target is too near to 1 to move anything; NaN is not. */
export type IsTolerated = (ratio: Ratio) => boolean;

/**
 * The dead band of an HPA. Written as the controller computes it, since it decides cases such as 11 over 10: 1.1 <= 1 + 0.1 holds
 * from 1.33 on, |1 - 1.1| <= 0.1 does not before (replica_calculator.go, Tolerances.isWithin).
 */
export function toleranceOf(behavior: Behavior, release: KubernetesRelease): IsTolerated {
  if (release === '1.32') return (ratio) => Math.abs(1 - ratio) <= CONTROLLER_TOLERANCE;
  const isSet = behavior !== 'none' && release !== '1.33';
  const down = isSet ? behavior.scaleDown.tolerance : CONTROLLER_TOLERANCE;
  const up = isSet ? behavior.scaleUp.tolerance : CONTROLLER_TOLERANCE;
  return (ratio) => 1 - down <= ratio && ratio <= 1 + up;
}
