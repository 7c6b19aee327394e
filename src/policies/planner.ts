import { computePlan, DEFAULT_PLAN, type PlanOptions } from '../decision/plan.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { linear, logarithmic, type NumberSetting } from './settings.js';

export const PLANNER_SETTINGS = {
  targetUtilization: linear(
    DEFAULT_PLAN.targetUtilization,
    [0.1, 1],
    "share of a replica's saturation throughput that is planned with",
  ),
  memory: logarithmic(
    DEFAULT_PLAN.memory,
    [15, 960],
    'seconds for which the largest need is remembered on the way down',
  ),
  hourFloor: {
    ...linear(DEFAULT_PLAN.hourFloor, [0, 5], "never below so many times the load's 95th percentile over one hour"),
    sweep: [0, 2],
  },
} as const satisfies Record<keyof PlanOptions, NumberSetting>;

/**
 * The calibrated analytic rule: forecast load over planned throughput, plus backlog, with a memory on the way down and a floor
 * from the last hour. It needs no model file, so it is what answers when the learned policy cannot.
 */
export function createPlanner(options: PlanOptions = DEFAULT_PLAN): Policy {
  return policyFromLaw('planner', ({ window, demand, capacity }) => computePlan(window, demand, capacity, options));
}
