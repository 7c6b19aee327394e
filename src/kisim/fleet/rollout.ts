import type { Replicas } from '../../base/units.js';

/** A number of pods, or a percentage of spec.replicas such as `25%`. */
export type PodsOrPercent = number | `${number}%`;

/** A Deployment's `strategy.rollingUpdate`. */
export interface RolloutStrategy {
  readonly maxSurge: PodsOrPercent;
  readonly maxUnavailable: PodsOrPercent;
}

/** How far the pods may leave spec.replicas in either direction. */
export interface RolloutLimits {
  readonly maxSurge: Replicas;
  readonly maxUnavailable: Replicas;
}

/** Pods that are not terminating, by age of their template and readiness. */
export interface RolloutState extends RolloutLimits {
  readonly spec: Replicas;
  readonly oldReady: Replicas;
  readonly oldStarting: Replicas;
  readonly newReady: Replicas;
  readonly newStarting: Replicas;
}

/** What to do now: pods of the new template to create, pods of the old or new one to remove. */
export interface RolloutStep {
  readonly create: Replicas;
  readonly removeOldStarting: Replicas;
  readonly removeOldReady: Replicas;
  readonly removeNew: Replicas;
}

/** A strategy in pods: percentages of surge are rounded up, those of unavailable pods down, and not both are 0. Pure. */
export function rolloutLimits(spec: Replicas, strategy: RolloutStrategy): RolloutLimits {
  const maxSurge = inPods(strategy.maxSurge, spec, Math.ceil);
  const maxUnavailable = inPods(strategy.maxUnavailable, spec, Math.floor);
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

function inPods(value: PodsOrPercent, spec: Replicas, round: (pods: number) => number): Replicas {
  return typeof value === 'number' ? value : round((Number.parseFloat(value) * spec) / 100);
}

/**
 * One step of a rolling update: new pods as far as the surge allows; then old pods, those that are not ready first, as long as
 * spec - maxUnavailable stay ready. Never leaves more than spec + maxSurge pods, nor takes a ready one below
 * spec - maxUnavailable. Pure. Source: pkg/controller/deployment/rolling.go of Kubernetes 1.35.
 */
export function planRollout(state: RolloutState): RolloutStep {
  const { spec, maxSurge, maxUnavailable, oldReady, oldStarting, newReady, newStarting } = state;
  const newPods = newReady + newStarting;
  const total = oldReady + oldStarting + newPods;
  const least = Math.max(0, spec - maxUnavailable);
  return {
    create: Math.max(0, Math.min(spec - newPods, spec + maxSurge - total)),
    removeNew: Math.max(0, newPods - spec),
    removeOldStarting: Math.max(0, Math.min(oldStarting, total - newStarting - least)),
    removeOldReady: Math.max(0, Math.min(oldReady, oldReady + newReady - least)),
  };
}

/** Sizes of the old and the new ReplicaSet amid a rolling update. */
export interface RolloutSizes {
  readonly oldPods: Replicas;
  readonly newPods: Replicas;
}

/**
 * What a change of spec.replicas amid a rolling update makes of the two sizes: spec + maxSurge pods, shared in proportion, the
 * larger set first, which also takes what rounding leaves. `mostBefore`: spec + maxSurge before the change. Pure.
 * Source: pkg/controller/deployment/sync.go, scale, of Kubernetes 1.35.
 */
export function shareScale(
  { oldPods, newPods }: RolloutSizes,
  {
    spec,
    maxSurge,
    mostBefore,
  }: { readonly spec: Replicas; readonly maxSurge: Replicas; readonly mostBefore: Replicas },
): RolloutSizes {
  if (newPods === 0) return { oldPods: spec, newPods };
  if (oldPods === 0) return { oldPods, newPods: spec };
  const most = spec === 0 ? 0 : spec + maxSurge;
  const change = most - oldPods - newPods;
  const part = (size: Replicas): Replicas =>
    (change > 0 ? Math.min : Math.max)(Math.round((size * most) / mostBefore) - size, change);
  const isOldFirst = oldPods > newPods || (oldPods === newPods && change < 0);
  const second = isOldFirst ? newPods : oldPods;
  const rest = change - part(isOldFirst ? oldPods : newPods);
  const ofSecond = (change > 0 ? Math.min : Math.max)(part(second), rest);
  const sizes = [Math.max(0, oldPods + newPods - second + change - ofSecond), second + ofSecond] as const;
  return isOldFirst ? { oldPods: sizes[0], newPods: sizes[1] } : { oldPods: sizes[1], newPods: sizes[0] };
}
