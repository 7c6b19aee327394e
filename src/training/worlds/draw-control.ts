import { uniform } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import { BEHAVIORS } from '../../kisim/control.js';
import type { ScenarioInput } from '../../scenarios/scenario.js';

/** The HPA's own tolerance, where a ScaledObject does not set it to 0. */
const TOLERANCE = 0.1;

/**
 * How decisions are carried out and what is seen of the fleet: mostly as we recommend, at times with the HPA's tolerance or
 * without any block, slow polls, and replica counts that are late.
 */
export function drawControl(rng: Rng): Pick<ScenarioInput, 'control' | 'telemetry' | 'gateway'> {
  return {
    control: { behavior: drawBehavior(rng), pollingInterval: rng.next() < 0.75 ? 15 : 30 },
    telemetry: {
      ...(rng.next() < 0.3 ? { kubeDelay: uniform(rng, 0, 15) } : {}),
      ...(rng.next() < 0.3 ? { kubeInterval: 30 } : {}),
      ...(rng.next() < 0.1 ? { scrapeInterval: 30 } : {}),
    },
    gateway: rng.next() < 0.15,
  };
}

function drawBehavior(rng: Rng): NonNullable<ScenarioInput['control']>['behavior'] {
  const share = rng.next();
  if (share < 0.8) return 'recommended';
  if (share < 0.9) return 'kubernetes';
  const { scaleUp, scaleDown } = BEHAVIORS.recommended;
  return {
    scaleUp: { ...scaleUp, policies: [...scaleUp.policies], tolerance: TOLERANCE },
    scaleDown: { ...scaleDown, policies: [...scaleDown.policies], tolerance: TOLERANCE },
  };
}
