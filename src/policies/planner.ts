import { computePlan, DEFAULT_PLAN, type PlanOptions } from '../decision/plan.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

/**
 * The calibrated analytic rule: forecast load over planned throughput, plus backlog, with a memory on the way down and a floor
 * from the last hour. It needs no model file, so it is what answers when the learned policy cannot.
 */
export function createPlanner(options: PlanOptions = DEFAULT_PLAN): Policy {
  return policyFromLaw('planner', ({ window, demand, capacity }) => computePlan(window, demand, capacity, options));
}
