import type { Ratio } from '../base/units.js';
import { computePlan, DEFAULT_PLAN, largestOfLast, type PlanOptions } from '../decision/plan.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

export interface PeakOptions extends PlanOptions {
  /** Weight of the largest arrival estimate, in replicas' throughputs. */
  readonly mix: Ratio;
  /** Ticks over which that is looked for. */
  readonly ticks: number;
}

export const DEFAULT_PEAK: PeakOptions = { ...DEFAULT_PLAN, mix: 1.2, ticks: 40 };

/**
 * The planner, but never less than `mix` times the largest 15 s arrival estimate of the last ticks over one replica's
 * throughput: what has come once may come again. The strongest hand-written law of our feasibility study.
 */
export function createPeakPlanner(options: PeakOptions = DEFAULT_PEAK): Policy {
  return policyFromLaw('peak', ({ window, demand, capacity }) => {
    const peak = (options.mix * largestOfLast(demand.arrivals, options.ticks)) / capacity.throughput;
    return Math.max(peak, computePlan(window, demand, capacity, options));
  });
}
