import { clamp } from '../base/numbers.js';
import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, linear, logarithmic, type OptionsOf } from './settings.js';

export const DYNAMO_SETTINGS = {
  interval: logarithmic(180, [15, 960], 'seconds over which load is averaged for the throughput plan'),
  lowestCorrection: linear(1, [0.1, 1], 'lower bound of measured over expected latency'),
  highestCorrection: linear(2, [1, 10], 'upper bound of it'),
  targetUtilization: linear(0.9, [0.1, 1], "share of a replica's throughput that is planned with"),
};
export type DynamoOptions = OptionsOf<typeof DYNAMO_SETTINGS>;

/**
 * In the manner of Dynamo's planner (vendor documentation, second hand): the load of the last interval over what the profile
 * says a replica serves within its objective, corrected by how much slower than expected it has been (at most twice), checked
 * before it consolidates: one replica fewer must still carry the load. Aggregated serving: one pool for prefill and decode.
 */
export function createDynamoPlanner(options: DynamoOptions = defaultsOf(DYNAMO_SETTINGS)): Policy {
  return policyFromLaw('dynamo', ({ window, demand, capacity, currentReplicas, workload }) => {
    const ticks = Math.max(1, Math.round(options.interval / window.grid.interval));
    const recent = demand.arrivals.subarray(-ticks);
    const load = recent.reduce((sum, rate) => sum + rate, 0) / recent.length;
    const slowness = latestOr(window, 'meanLatency', 0) / workload.slo.limit;
    const correction = clamp(slowness, options.lowestCorrection, options.highestCorrection);
    const perReplica = (capacity.throughput * options.targetUtilization) / correction;
    const needed = Math.max(1, Math.ceil(load / perReplica));
    if (needed >= currentReplicas) return needed;
    const survivors = currentReplicas - 1;
    return (demand.ewma25.at(-1) ?? 0) <= survivors * perReplica ? Math.max(needed, survivors) : currentReplicas;
  });
}
