import { computePlan, largestOfLast } from '../decision/plan.js';
import { PLANNER_SETTINGS } from './planner.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, linear, type OptionsOf } from './settings.js';

export const PEAK_SETTINGS = {
  ...PLANNER_SETTINGS,
  mix: linear(1.2, [0, 3], "weight of the largest arrival estimate, in replicas' throughputs"),
  ticks: { ...linear(40, [1, 64], 'ticks over which that is looked for'), isInteger: true },
} as const;
export type PeakOptions = OptionsOf<typeof PEAK_SETTINGS>;

/**
 * The planner, but never less than `mix` times the largest 15 s arrival estimate of the last ticks over one replica's
 * throughput: what has come once may come again. The strongest hand-written law of our feasibility study.
 */
export function createPeakPlanner(options: PeakOptions = defaultsOf(PEAK_SETTINGS)): Policy {
  return policyFromLaw('peak', ({ window, demand, capacity }) => {
    const peak = (options.mix * largestOfLast(demand.arrivals, options.ticks)) / capacity.throughput;
    return Math.max(peak, computePlan(window, demand, capacity, options));
  });
}
