import type { Replicas, Seconds } from '../base/units.js';
import type { Behavior, ScalingRules } from './behavior.js';

/** What the metrics asked for at one sync, before stabilization. */
export interface Recommendation {
  readonly at: Seconds;
  readonly replicas: Replicas;
}

/** One change of spec.replicas that the HPA made; `change` > 0 pods in the direction of its list. */
export interface ScaleEvent {
  readonly at: Seconds;
  readonly change: Replicas;
}

/**
 * The memory of one HPA, in the controller's process: lost when that restarts or the HPA is made anew. Passed in and returned,
 * never shared.
 */
export interface HpaState {
  /** Absent until the first sync, which remembers the present count as if it had been recommended. */
  readonly recommendations: readonly Recommendation[] | undefined;
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
  /** The condition ScalingActive: metrics are computed. KEDA looks at it; undefined before it is first set. */
  readonly isScalingActive: boolean | undefined;
}

export function initialHpaState(): HpaState {
  return { recommendations: undefined, scaleUpEvents: [], scaleDownEvents: [], isScalingActive: undefined };
}

/**
 * Stores a change; none without a behaviour block. It takes the place of the last event as old as the longest period of its own
 * direction, where there is one (storeScaleEvent): a longer period of the other direction may miss an event for that.
 */
export function rememberChange(state: HpaState, behavior: Behavior, now: Seconds, change: Replicas): HpaState {
  if (behavior === 'none' || change === 0) return state;
  const event = { at: now, change: Math.abs(change) };
  if (change > 0) return { ...state, scaleUpEvents: storeEvent(state.scaleUpEvents, behavior.scaleUp, event) };
  return { ...state, scaleDownEvents: storeEvent(state.scaleDownEvents, behavior.scaleDown, event) };
}

function storeEvent(events: readonly ScaleEvent[], { policies }: ScalingRules, event: ScaleEvent): ScaleEvent[] {
  const longest = Math.max(0, ...policies.map(({ period }) => period));
  return replaceLast(events, event, ({ at }) => at <= event.at - longest);
}

/** A copy in which `item` takes the place of the last that is outdated, or comes at the end. */
export function replaceLast<T>(items: readonly T[], item: T, isOutdated: (item: T) => boolean): T[] {
  const slot = items.findLastIndex(isOutdated);
  return slot < 0 ? [...items, item] : items.with(slot, item);
}
