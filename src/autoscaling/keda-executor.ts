import type { Replicas, Seconds } from '../base/units.js';
import type { Annotations, ScaledObjectSpec } from './scaled-object-spec.js';

export interface ScaleRequest {
  readonly now: Seconds;
  readonly spec: ScaledObjectSpec;
  readonly specReplicas: Replicas;
  readonly annotations: Annotations;
  /** Some trigger is active or in fallback. */
  readonly isActive: boolean;
  /** Some trigger failed. */
  readonly isError: boolean;
}

export interface ActivityTimes {
  readonly createdAt: Seconds;
  readonly lastActiveAt: Seconds | undefined;
}

interface Outcome {
  readonly specReplicas: Replicas;
  readonly lastActiveAt: Seconds | undefined;
}

/**
 * KEDA's executor, which owns the way between 0 (or idle) and the minimum; everything above is the HPA's. Pure.
 * Cases and their order as in pkg/scaling/executor/scale_scaledobjects.go, RequestScale, v2.21.0.
 */
export function requestScale(request: ScaleRequest, times: ActivityTimes): Outcome {
  const { specReplicas, annotations } = request;
  const unchanged = { specReplicas, lastActiveAt: times.lastActiveAt };
  if (annotations.paused !== undefined && annotations.paused !== false) return unchanged;
  return request.isActive || annotations.forceActivation
    ? whileActive(request, unchanged)
    : whileInactive(request, times);
}

function whileActive({ now, spec, specReplicas, annotations, isError }: ScaleRequest, unchanged: Outcome): Outcome {
  const isAtRest = specReplicas === 0 || (spec.idleReplicas !== undefined && specReplicas < spec.minReplicas);
  if (isAtRest) {
    if (annotations.pausedScaleOut) return unchanged;
    return { specReplicas: Math.max(1, spec.minReplicas), lastActiveAt: now };
  }
  return isError ? unchanged : { specReplicas, lastActiveAt: now };
}

function whileInactive(request: ScaleRequest, times: ActivityTimes): Outcome {
  const { spec, specReplicas, isError, annotations } = request;
  const { lastActiveAt } = times;
  const { fallback, idleReplicas, minReplicas } = spec;
  const unchanged = { specReplicas, lastActiveAt };
  // With a fallback of 0 replicas an outage goes on below, and scales to zero.
  if (isError && (fallback === undefined || fallback.replicas !== 0)) return unchanged;
  const isAboveIdle = idleReplicas !== undefined && specReplicas > idleReplicas;
  if (isAboveIdle || (specReplicas > 0 && minReplicas === 0)) {
    if (annotations.pausedScaleIn || !isCooledDown(request, times)) return unchanged;
    return { specReplicas: idleReplicas ?? minReplicas, lastActiveAt };
  }
  if (idleReplicas === undefined && specReplicas < minReplicas) return { specReplicas: minReplicas, lastActiveAt };
  return unchanged;
}

/**
 * Before any activity the initial cooldown counts from creation. A poll at the very end finds it over: both times are kept in whole
 * seconds, rounded down.
 */
function isCooledDown({ now, spec }: ScaleRequest, { createdAt, lastActiveAt }: ActivityTimes): boolean {
  if (lastActiveAt === undefined) return createdAt + spec.initialCooldownPeriod <= now;
  return lastActiveAt + spec.cooldownPeriod <= now;
}
