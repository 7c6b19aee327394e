import type { Ratio, Seconds } from '../base/units.js';
import type { Capacity } from './capacity.js';
import type { Demand } from './demand.js';
import { latestOr, type Window } from './window.js';

/** Settings of the analytic planner; the defaults are those of the shipped fallback. */
export interface PlanOptions {
  /** Share of a replica's saturation throughput that is planned with, in (0, 1]. */
  readonly targetUtilization: Ratio;
  /** Seconds for which the largest need is remembered on the way down. */
  readonly memory: Seconds;
  /** Never below this multiple of the load's 95th percentile over one hour; 0 switches the floor off. */
  readonly hourFloor: Ratio;
}

export const DEFAULT_PLAN: PlanOptions = { targetUtilization: 0.85, memory: 420, hourFloor: 0.9 };

/**
 * Replicas needed at every tick, as real numbers: max(smoothed load, damped Holt at one cold start) / (utilization *
 * throughput) + backlog. Float64Array [grid.ticks], oldest first. Pure.
 */
export function computeNeeds(demand: Demand, capacity: Capacity, targetUtilization: Ratio): Float64Array {
  const perReplica = capacity.throughput * targetUtilization;
  const { ewma25, holtFull, backlog } = demand;
  const needs = new Float64Array(ewma25.length);
  for (let i = 0; i < needs.length; i++)
    needs[i] = Math.max(ewma25[i] as number, holtFull[i] as number) / perReplica + (backlog[i] as number);
  return needs;
}

/** The planner's count as a real number >= 0, before rounding up and bounds: the largest recent need, over the hour floor. */
export function computePlan(
  window: Window,
  demand: Demand,
  capacity: Capacity,
  options: PlanOptions = DEFAULT_PLAN,
): number {
  const needs = computeNeeds(demand, capacity, options.targetUtilization);
  const remembered = largestOfLast(needs, Math.max(1, Math.round(options.memory / window.grid.interval)));
  const hour = latestOr(window, 'arrivalRateP95Hour', 0);
  return Math.max(remembered, (options.hourFloor * hour) / capacity.throughput);
}

/** Largest of the newest `count` values (all of them when there are fewer). */
export function largestOfLast(values: Float64Array, count: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = Math.max(0, values.length - count); i < values.length; i++)
    largest = Math.max(largest, values[i] as number);
  return largest;
}
