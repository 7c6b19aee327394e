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
 * spec - maxUnavailable. Pure. Source: pkg/controller/deployment/rolling.go; a change of spec.replicas on the way falls on the
 * old pods here, where Kubernetes shares it in proportion.
 */
export function planRollout(state: RolloutState): RolloutStep {
  const { spec, maxSurge, maxUnavailable, oldReady, oldStarting, newReady, newStarting } = state;
  const newPods = newReady + newStarting;
  const total = oldReady + oldStarting + newPods;
  const create = Math.max(0, Math.min(spec - newPods, spec + maxSurge - total));
  const removeNew = Math.max(0, newPods - spec);
  const least = Math.max(0, spec - maxUnavailable);
  const surplus = Math.max(0, total - spec - maxSurge - removeNew);
  const spare = Math.max(surplus, total - newStarting - least);
  const removeOldStarting = Math.max(0, Math.min(oldStarting, spare));
  const removeOldReady = Math.max(0, Math.min(oldReady, oldReady + newReady - least));
  return { create, removeOldStarting, removeOldReady, removeNew };
}
