import { createRng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';
import { EventQueue } from '../../kisim/event-queue.js';
import type { ColdStart } from '../../kisim/fleet/cold-start.js';
import { GPU } from '../../kisim/fleet/pool.js';
import { Starts } from '../../kisim/fleet/starts.js';
import { clientPatience, coldStartOf } from '../../scenarios/build-fleet.js';
import { buildKind } from '../../scenarios/build-kind.js';
import type { Scenario } from '../../scenarios/scenario.js';
import type { PlannedRun } from '../planned-run.js';
import type { EvaluationRow } from '../row.js';
import { type Foreseen, foresee, type World } from './foreseen.js';
import { computeLeastWork } from './least-work.js';
import { type BoundProblem, proveBound } from './lower-bound.js';
import { findShadowPrices } from './shadow-prices.js';

export const LOWER_BOUND = 'lower-bound';

/** By which its run at a price is planned: another price is another run. */
export function lowerBoundName(price: number): string {
  return `${LOWER_BOUND}:price=${price}`;
}

/** Slots at the least, and how many of them at the most: a day has slots of a minute. */
const NARROWEST: Seconds = 5;
const MOST_SLOTS = 1440;

/**
 * A row of what no policy can undercut on this run: its cost and misses lie on the line cost + price * misses = objective that
 * every run of every policy lies on or above. What a bound does not have, latencies and changes, is NaN; undefined without
 * requests. Throws RangeError for fleets that it does not hold for, and as `runScenario` does.
 */
export async function computeLowerBoundRow(
  { case: one, policy, price, seed }: PlannedRun,
  world: World,
): Promise<EvaluationRow | undefined> {
  const foreseen = foresee(world);
  const { counted, throughput } = foreseen;
  if (counted === 0) return undefined;
  const problem = problemOf(foreseen, world);
  const missSeconds = price / throughput;
  const { cost, missRate } = proveBound(problem, await findShadowPrices(problem, missSeconds), missSeconds);
  const none = Number.NaN;
  const latencies = { p50: none, p95: none, p99: none };
  return {
    traffic: one.traffic,
    policy,
    setting: 'default',
    price,
    seed,
    cost,
    missRate,
    changesPerHour: none,
    ...latencies,
    replicaHours: (cost * counted) / throughput / 3600,
    requests: counted,
    hours: problem.duration / 3600,
    dollars: none,
    ttftP50: none,
    ttftP95: none,
    ttftP99: none,
    e2eP50: none,
    e2eP95: none,
    e2eP99: none,
    flips: none,
    missEpisodes: none,
    worstHourCost: none,
    worstHourMissRate: none,
    timedOut: none,
    rejected: none,
    lost: none,
    unfinished: none,
  };
}

function problemOf(foreseen: Foreseen, { scenario, kind, seed = scenario.seed }: World): BoundProblem {
  const { slo, clientTimeout, warmup, fleet, replicas, control } = scenario;
  if (fleet.pools || scenario.faults.length > 0)
    throw new RangeError('lower-bound: must have replicas of one kind and no faults, found pools or faults');
  const hitRate = typeof fleet.prefixCaching === 'number' ? fleet.prefixCaching : 0;
  const { arrival, inputTokens, outputTokens, sharedTokens, duration, throughput } = foreseen;
  const first = arrival.length - foreseen.counted;
  const work = computeLeastWork(foreseen.profile, {
    inputTokens: inputTokens.subarray(first),
    outputTokens: outputTokens.subarray(first),
    sharedTokens: sharedTokens
      .subarray(first)
      .map((shared, i) => Math.max(shared, hitRate * (inputTokens[first + i] as number))),
  });
  // A fleet that may be idle or paused has no replica that is always there.
  const isSteady = control.idleReplicas === undefined && control.pauses.length === 0;
  return {
    arrival: arrival.subarray(first).map((at) => at - warmup),
    work,
    firstTokenWithin: slo.metric === 'ttft' ? slo.limit : Number.POSITIVE_INFINITY,
    completeWithin: slo.metric === 'e2e' ? Math.min(slo.limit, clientTimeout) : clientTimeout,
    duration: duration - warmup,
    slot: Math.max(NARROWEST, (duration - warmup) / MOST_SLOTS),
    coldStart: shortestColdStart(scenario, coldStartOf(scenario, buildKind(scenario, kind)), duration, seed),
    minReplicas: isSteady ? replicas.min : 0,
    throughput,
  };
}

/**
 * The shortest cold start of all pods that the run could possibly create: at every sync of the HPA a whole fleet anew. 0 where
 * caches or failures may shorten one.
 */
function shortestColdStart(scenario: Scenario, coldStart: ColdStart, duration: Seconds, seed: number): Seconds {
  const { failures } = scenario.fleet;
  const isPlain = !('phases' in coldStart) && Object.values(failures).every((mean) => mean === undefined);
  if (!isPlain) return 0;
  const syncs = Math.ceil((duration + clientPatience(scenario)) / scenario.control.hpaSync) + 1;
  const pods = scenario.replicas.max * (syncs + 1);
  const starts = new Starts(undefined, new EventQueue(), createRng(seed).stream('fleet'), NOBODY);
  const pool = { name: '', coldStart, createReplica: NO_REPLICA, pricePerHour: 0, gpus: 1, gpu: GPU };
  let shortest = Number.POSITIVE_INFINITY;
  for (let ordinal = 0; ordinal < pods; ordinal++) shortest = Math.min(shortest, starts.drawTotal(pool, ordinal));
  return shortest;
}

const NOBODY = { onStarted: () => {}, onWarm: () => {}, onFailed: () => {} };
const NO_REPLICA = (): never => {
  throw new Error('nothing is started');
};
