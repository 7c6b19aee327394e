import { clamp } from '../base/numbers.js';
import type { Ratio, Seconds } from '../base/units.js';
import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

export interface DynamoOptions {
  /** Interval over which load is averaged for the throughput plan. */
  readonly interval: Seconds;
  /** Bounds of the correction by measured over expected latency. */
  readonly correction: readonly [Ratio, Ratio];
  /** Share of a replica's throughput that is planned with. */
  readonly targetUtilization: Ratio;
}

export const DEFAULT_DYNAMO: DynamoOptions = { interval: 180, correction: [1, 2], targetUtilization: 0.9 };

/**
 * In the manner of Dynamo's planner (vendor documentation, second hand): the load of the last interval over what the profile
 * says a replica serves within its objective, corrected by how much slower than expected it has been (at most twice), checked
 * before it consolidates: one replica fewer must still carry the load. Aggregated serving: one pool for prefill and decode.
 */
export function createDynamoPlanner(options: DynamoOptions = DEFAULT_DYNAMO): Policy {
  return policyFromLaw('dynamo', ({ window, demand, capacity, currentReplicas, workload }) => {
    const ticks = Math.max(1, Math.round(options.interval / window.grid.interval));
    const recent = demand.arrivals.subarray(-ticks);
    const load = recent.reduce((sum, rate) => sum + rate, 0) / recent.length;
    const slowness = latestOr(window, 'meanLatency', 0) / workload.slo.limit;
    const perReplica = (capacity.throughput * options.targetUtilization) / clamp(slowness, ...options.correction);
    const needed = Math.max(1, Math.ceil(load / perReplica));
    if (needed >= currentReplicas) return needed;
    const survivors = currentReplicas - 1;
    return (demand.ewma25.at(-1) ?? 0) <= survivors * perReplica ? Math.max(needed, survivors) : currentReplicas;
  });
}
