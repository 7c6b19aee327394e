import type { Replicas, Seconds } from '../base/units.js';

/** What KEDA's executor knows of a ScaledObject between two polls. */
export interface KedaState {
  readonly createdAt: Seconds;
  readonly lastActiveAt: Seconds | undefined;
}

export interface KedaInput {
  readonly now: Seconds;
  readonly specReplicas: Replicas;
  /** IsActive of any trigger; undefined when every trigger failed. */
  readonly isActive: boolean | undefined;
  readonly minReplicas: Replicas;
  readonly idleReplicas?: Replicas;
  readonly cooldownPeriod: Seconds;
  readonly initialCooldownPeriod: Seconds;
}

export function initialKedaState(createdAt: Seconds): KedaState {
  return { createdAt, lastActiveAt: undefined };
}

/**
 * One poll of KEDA's scale loop, which owns the way between 0 (or idle) and min; everything above is the HPA's. Pure.
 * Active: 0 or idle becomes max(1, min). Inactive for longer than the cooldown: straight to idle or, with min 0, to 0 from any
 * count. Errors change nothing (pkg/scaling/executor/scale_scaledobjects.go, v2.21.0).
 */
export function pollKeda(
  input: KedaInput,
  state: KedaState,
): { readonly specReplicas: Replicas; readonly state: KedaState } {
  const { now, specReplicas, isActive, minReplicas, idleReplicas } = input;
  if (isActive === undefined) return { specReplicas, state };
  if (isActive) {
    const atRest = specReplicas === 0 || specReplicas === idleReplicas;
    const woken = atRest ? Math.max(1, minReplicas) : Math.max(specReplicas, minReplicas);
    return { specReplicas: woken, state: { ...state, lastActiveAt: now } };
  }
  const rest = idleReplicas ?? (minReplicas === 0 ? 0 : undefined);
  if (rest === undefined || specReplicas <= rest)
    return { specReplicas: Math.max(specReplicas, idleReplicas ?? minReplicas), state };
  return { specReplicas: isCoolingDown(input, state) ? specReplicas : rest, state };
}

function isCoolingDown(input: KedaInput, state: KedaState): boolean {
  if (state.lastActiveAt === undefined) return input.now < state.createdAt + input.initialCooldownPeriod;
  return input.now < state.lastActiveAt + input.cooldownPeriod;
}

/** `spec.fallback` of a ScaledObject. */
export interface Fallback {
  readonly failureThreshold: number;
  readonly replicas: Replicas;
  readonly behavior: 'static' | 'currentReplicas' | 'currentReplicasIfHigher' | 'currentReplicasIfLower';
}

/**
 * The metric total that KEDA hands to the HPA after `failures` consecutive failed reads, or undefined while it passes the
 * error on. With AverageValue the substitute is target * replicas (pkg/fallback/fallback.go, v2.21.0).
 */
export function fallbackTotal(
  fallback: Fallback | undefined,
  failures: number,
  currentReplicas: Replicas,
  target: number,
): number | undefined {
  if (!fallback || failures <= fallback.failureThreshold) return undefined;
  return target * fallbackReplicas(fallback, currentReplicas);
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
