import type { Replicas } from '../base/units.js';
import { effectiveBounds } from './bounds.js';
import { type Capacity, estimateCapacity } from './capacity.js';
import { computeDemand, type Demand } from './demand.js';
import { computePlan } from './plan.js';
import { latestOr, type Window } from './window.js';
import type { Bounds, Workload } from './workload.js';

/** Everything that policies, guards and explanations read off one window; computed from it alone. */
export interface Situation {
  readonly workload: Workload;
  readonly window: Window;
  readonly bounds: Bounds;
  readonly capacity: Capacity;
  readonly demand: Demand;
  /** spec.replicas as kube-state-metrics last showed it: up to a minute old. */
  readonly currentReplicas: Replicas;
  readonly readyReplicas: Replicas;
  readonly startingReplicas: Replicas;
  /** Present load in replicas: smoothed arrivals over one replica's throughput. */
  readonly load: number;
  /** Newest backlog in replicas. */
  readonly backlog: number;
  /** The planner's count as a real number, before rounding and bounds. */
  readonly plan: number;
}

/** Situations by window: all who ask for one read the same, so it is computed once. */
const situations = new WeakMap<Window, Situation>();

/** `assess`, computed once for all who ask about one window of one workload. */
export function situationOf(workload: Workload, window: Window): Situation {
  const known = situations.get(window);
  if (known?.workload === workload) return known;
  const situation = assess(workload, window);
  situations.set(window, situation);
  return situation;
}

/** Pure; never fails: a window without samples gives a situation without demand (whether to trust it is `freshness`' part). */
export function assess(workload: Workload, window: Window): Situation {
  const capacity = estimateCapacity(workload, window);
  const demand = computeDemand(window, capacity);
  const newest = window.grid.ticks - 1;
  return {
    workload,
    window,
    bounds: effectiveBounds(workload, window),
    capacity,
    demand,
    currentReplicas: Math.round(latestOr(window, 'specReplicas', 0)),
    readyReplicas: Math.round(latestOr(window, 'readyReplicas', 0)),
    startingReplicas: Math.round(latestOr(window, 'startingReplicas', 0)),
    load: (demand.ewma25[newest] ?? 0) / capacity.throughput,
    backlog: demand.backlog[newest] ?? 0,
    plan: computePlan(window, demand, capacity),
  };
}
