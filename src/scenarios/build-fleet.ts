import type { Seconds } from '../base/units.js';
import { type ColdStart, medianColdStart } from '../kisim/fleet/cold-start.js';
import { type ColdStartField, toStagedStart } from '../kisim/fleet/cold-start-schema.js';
import { toDelay } from '../kisim/fleet/delay-schema.js';
import { loadColdStart } from '../kisim/fleet/load-cold-start.js';
import type { NodePoolOptions } from '../kisim/fleet/node.js';
import { GPU, type Pool } from '../kisim/fleet/pool.js';
import type { RetryOptions } from '../kisim/fleet/retries.js';
import { type EngineSettings, loadReplicaKind, type ReplicaKind } from '../kisim/replica-kind.js';
import { buildKind } from './build-kind.js';
import type { FleetRunOptions } from './create-fleet-run.js';
import type { Scenario } from './scenario.js';
import { ScenarioError } from './scenario-error.js';
import type { FleetField } from './schema/fleet.js';

type PoolField = NonNullable<FleetField['pools']>[number];
type NodeField = NonNullable<FleetField['nodes']>[number];

/** Spot nodes cost half: between the 40 and 60 % off that clouds have given lately. */
const SPOT_PRICE = 0.5;

/** What a scenario says of a run's pods, nodes and clients. */
export type FleetPart = Pick<
  FleetRunOptions,
  | 'coldStart'
  | 'createReplica'
  | 'pools'
  | 'nodePools'
  | 'failures'
  | 'drainMode'
  | 'drainGrace'
  | 'gatewayCapacity'
  | 'clientTimeout'
  | 'retries'
  | 'router'
>;

/**
 * The fleet of a scenario. Throws ScenarioError for a pool whose profile or cold start cannot be had, or whose pods fit on
 * no node.
 */
export function buildFleet(scenario: Scenario, kind: ReplicaKind): FleetPart {
  const { drain, gatewayCapacity, nodes, retries, failures } = scenario.fleet;
  const pools = buildPools(scenario, kind);
  return {
    coldStart: coldStartOf(scenario, kind),
    createReplica: (listener) => kind.createReplica(listener, engineSettings(scenario)),
    ...(pools ? { pools } : {}),
    ...(nodes ? { nodePools: buildNodePools(nodes) } : {}),
    failures: toFailureOptions(failures),
    drainMode: drain.mode,
    drainGrace: drain.grace,
    gatewayCapacity,
    clientTimeout: scenario.clientTimeout,
    ...(retries ? { retries: toRetryOptions(retries) } : {}),
    router: scenario.router,
  };
}

/** The cold start of a scenario's pods, unless their pool has its own. */
export function coldStartOf({ coldStart, fleet }: Scenario, { profile }: ReplicaKind): ColdStart {
  if (fleet.coldStart) return readColdStart(fleet.coldStart, 'fleet.coldStart');
  return { median: coldStart.median ?? profile.coldStart, sigma: coldStart.sigma };
}

/** Median seconds from creation to ready, as an operator would measure and declare it. */
export function declaredColdStart(scenario: Scenario, kind: ReplicaKind): Seconds {
  return medianColdStart(coldStartOf(scenario, kind));
}

/** Seconds after its arrival at which a request's client has given up for good. */
export function clientPatience({ clientTimeout, fleet: { retries } }: Scenario): Seconds {
  if (!retries) return clientTimeout;
  let patience = clientTimeout;
  let wait = retries.backoff;
  for (let attempt = 1; attempt < retries.attempts; attempt++) {
    patience += Math.min(wait, retries.maxBackoff) + clientTimeout;
    wait *= retries.factor;
  }
  return patience;
}

function buildPools(scenario: Scenario, kind: ReplicaKind): readonly [Pool, ...Pool[]] | undefined {
  const [first, ...rest] = scenario.fleet.pools ?? [];
  if (!first) {
    requireRoom({ gpus: kind.profile.gpus, gpu: GPU }, scenario, 'profile');
    return undefined;
  }
  return [buildPool(first, 0, scenario, kind), ...rest.map((field, i) => buildPool(field, i + 1, scenario, kind))];
}

function buildPool(field: PoolField, index: number, scenario: Scenario, kind: ReplicaKind): Pool {
  const own =
    field.profile === undefined ? kind : loadPoolKind(field.profile, `fleet.pools.${index}.profile`, scenario, kind);
  const { name, gpu, count, share } = field;
  const pool: Pool = {
    name,
    createReplica: (listener) => own.createReplica(listener, engineSettings(scenario)),
    coldStart: field.coldStart
      ? readColdStart(field.coldStart, `fleet.pools.${index}.coldStart`)
      : coldStartOf(scenario, own),
    pricePerHour: field.pricePerHour ?? own.profile.pricePerHour,
    gpus: own.profile.gpus,
    gpu,
    ...(count === undefined ? {} : { count }),
    ...(share === undefined ? {} : { share }),
  };
  requireRoom(pool, scenario, `fleet.pools.${index}`);
  return pool;
}

/** What is said beside the data adds to it. */
function readColdStart({ data, ...own }: ColdStartField, field: string): ColdStart {
  if (data === undefined) return toStagedStart(own);
  const file = loadColdStart(data);
  if (!file.ok) throw new ScenarioError(`${field}: ${file.error}`);
  const { phases, cached, servesCold } = file.value;
  return toStagedStart({ phases, cached: { ...cached, ...own.cached }, servesCold: own.servesCold ?? servesCold });
}

function loadPoolKind(profile: string, field: string, scenario: Scenario, { profile: main }: ReplicaKind): ReplicaKind {
  const kind = loadReplicaKind(profile);
  if (!kind.ok) throw new ScenarioError(`${field}: ${kind.error}`);
  const { engine } = kind.value.profile;
  if (engine !== main.engine)
    throw new ScenarioError(
      `${field}: must be a profile of ${main.engine} like the scenario's, found one of ${engine}`,
    );
  return buildKind(scenario, kind.value);
}

function toFailureOptions({ podMtbf, nodeMtbf, nodeRepair, spotMtbf, spotNotice }: FleetField['failures']) {
  return {
    spotNotice,
    ...(podMtbf === undefined ? {} : { podMtbf }),
    ...(nodeMtbf === undefined ? {} : { nodeMtbf }),
    ...(nodeRepair === undefined ? {} : { nodeRepair: toDelay(nodeRepair) }),
    ...(spotMtbf === undefined ? {} : { spotMtbf }),
  };
}

function engineSettings({ fleet, traffic }: Scenario): EngineSettings {
  const sources = [traffic, ...(traffic.mix ?? []), ...(traffic.sequence ?? [])];
  const tellsPrefixes = sources.some(({ prefixes, file }) => prefixes !== undefined || file !== undefined);
  const { queueCap, prefixCaching = tellsPrefixes } = fleet;
  return {
    ...(queueCap === undefined ? {} : { queueCap }),
    ...(typeof prefixCaching === 'number' ? { prefixHitRate: prefixCaching } : { prefixCaching }),
  };
}

/** A pod that is larger than every node would wait for ever. */
function requireRoom({ gpus, gpu }: Pick<Pool, 'gpus' | 'gpu'>, { fleet: { nodes } }: Scenario, field: string): void {
  if (!nodes || nodes.some((node) => node.gpu === gpu && node.gpusPerNode >= gpus)) return;
  const largest = Math.max(0, ...nodes.filter((node) => node.gpu === gpu).map(({ gpusPerNode }) => gpusPerNode));
  throw new ScenarioError(`${field}: a pod needs ${gpus} ${gpu} on one node; fleet.nodes has at most ${largest}`);
}

function buildNodePools(nodes: readonly NodeField[]): readonly NodePoolOptions[] {
  return nodes.map(({ provisioning, max, priceFactor, ...node }) => ({
    ...node,
    max: max ?? node.count,
    priceFactor: priceFactor ?? (node.capacity === 'spot' ? SPOT_PRICE : 1),
    ...(provisioning === 'none' ? {} : { provisioning: toDelay(provisioning) }),
  }));
}

function toRetryOptions({ budget, ...retries }: NonNullable<FleetField['retries']>): RetryOptions {
  return { ...retries, budget: budget === 'unlimited' ? Number.POSITIVE_INFINITY : budget };
}
