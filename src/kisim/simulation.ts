import { createRng, type Rng } from '../base/rng.js';
import type { Replicas, Requests, Seconds } from '../base/units.js';
import type { ServingProfile } from '../decision/serving-profile.js';
import type { Grid } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';
import { ArrivalSource } from './arrival-source.js';
import { Control, type ControlOptions } from './control.js';
import { EventQueue, type EventSource } from './event-queue.js';
import { type Fault, scheduleFaults } from './fault.js';
import type { ColdStart } from './fleet/cold-start.js';
import { Dispatcher } from './fleet/dispatcher.js';
import { type FailureOptions, startNodeFailures } from './fleet/failures.js';
import { Fleet, type FleetOptions } from './fleet/fleet.js';
import type { DrainMode } from './fleet/kubelet.js';
import type { NodePoolOptions } from './fleet/node.js';
import { GPU, type Pool } from './fleet/pool.js';
import { Retries, type RetryOptions } from './fleet/retries.js';
import { createRouter, type RouterName } from './fleet/router.js';
import type { Replica, ReplicaListener } from './replica/replica.js';
import type { RequestRecord } from './replica/request.js';
import { memoryHeadroom } from './telemetry/gpu-memory.js';
import type { ScrapeOptions } from './telemetry/scrape-options.js';
import { Telemetry } from './telemetry/telemetry.js';
import type { Observed } from './telemetry/telemetry-options.js';
import type { Traffic } from './traffic/traffic.js';

export interface SimulationOptions {
  /** What the operator declared, hence what policies believe; misses are counted by its objective. */
  readonly workload: Workload;
  /** What is true of a replica: price and memory. */
  readonly profile: ServingProfile;
  readonly traffic: Traffic;
  /** Of the fleet's and the control loop's streams; traffic brings its own. */
  readonly seed: number;
  readonly createReplica: (listener: ReplicaListener) => Replica;
  /** Upper bounds of the histogram of the objective's metric, without +Inf. */
  readonly latencyBounds: readonly Seconds[];
  readonly initialReplicas: Replicas;
  readonly coldStart: ColdStart;
  readonly control: Omit<ControlOptions, 'bounds'>;
  /** Seconds after which a client gives up an attempt, and what it does then; absent: no more. */
  readonly clientTimeout: Seconds;
  readonly retries?: RetryOptions;
  readonly grid: Grid;
  /** How Prometheus is set up; absent: scrapes at the grid's interval. */
  readonly scrapes?: Partial<ScrapeOptions>;
  readonly router: RouterName;
  readonly gatewayCapacity: Requests;
  /** Whether Prometheus also sees a gateway that counts arrivals. */
  readonly hasGateway: boolean;
  readonly drainMode: DrainMode;
  readonly drainGrace: Seconds;
  /** Pools of unlike replicas behind one router; absent: `profile`, `createReplica` and `coldStart` make one pool. */
  readonly pools?: readonly [Pool, ...Pool[]];
  /** Absent: there is room for every pod. */
  readonly nodePools?: readonly NodePoolOptions[];
  readonly failures?: FailureOptions;
  readonly faults: readonly Fault[];
  /** Requests that arrive, and replica seconds that pass, before this time are not counted (a warm-up). */
  readonly countFrom: Seconds;
  readonly onRequest?: (record: RequestRecord) => void;
}

/** The parts of one simulated cluster, wired to one another. */
export interface Simulation {
  readonly timers: EventQueue;
  readonly dispatcher: Dispatcher;
  readonly fleet: Fleet;
  readonly telemetry: Telemetry;
  readonly control: Control;
  readonly arrivals: ArrivalSource;
  /** What has events, in the order that equal times are served. */
  readonly sources: readonly EventSource[];
}

/** Wires a cluster at time 0: a warm fleet, its traffic, its telemetry, its ScaledObject and the faults to come. */
export function buildSimulation(options: SimulationOptions, onScale: (change: Replicas) => void): Simulation {
  const rng = createRng(options.seed);
  const timers = new EventQueue();
  const dispatcher = buildDispatcher(options, timers, rng);
  const fleet = buildFleet(options, dispatcher, timers, rng.stream('fleet'), {
    onReady: (pod) => telemetry.follow(pod),
    onScale,
  });
  const telemetry = buildTelemetry(options, fleet, dispatcher, timers);
  const control = new Control(
    { ...options.control, bounds: options.workload.bounds },
    fleet,
    timers,
    rng.stream('control'),
  );
  const arrivals = new ArrivalSource(options.traffic, dispatcher);
  fleet.startWarm(options.initialReplicas);
  if (options.failures) startNodeFailures(fleet, options.failures, timers, rng.stream('fleet'));
  scheduleFaults(options.faults, { fleet, telemetry, control, timers });
  return {
    timers,
    dispatcher,
    fleet,
    telemetry,
    control,
    arrivals,
    sources: [timers, ...dispatcher.deadlines, arrivals],
  };
}

function buildFleet(
  options: SimulationOptions,
  dispatcher: Dispatcher,
  timers: EventQueue,
  rng: Rng,
  listeners: Pick<FleetOptions, 'onReady' | 'onScale'>,
): Fleet {
  const { drainMode, drainGrace, nodePools, failures, profile, createReplica, coldStart } = options;
  const only: Pool = {
    name: profile.name,
    createReplica,
    coldStart,
    pricePerHour: profile.pricePerHour,
    gpus: profile.gpus,
    gpu: GPU,
  };
  const fleet: FleetOptions = {
    drainMode,
    drainGrace,
    pools: options.pools ?? [only],
    ...(nodePools ? { nodePools } : {}),
    ...(failures?.podMtbf === undefined ? {} : { podMtbf: failures.podMtbf }),
    ...listeners,
  };
  return new Fleet(fleet, dispatcher, timers, rng);
}

function buildDispatcher(
  { workload, router, clientTimeout, gatewayCapacity, countFrom, onRequest, retries }: SimulationOptions,
  timers: EventQueue,
  rng: Rng,
): Dispatcher {
  return new Dispatcher({
    router: createRouter(router, rng.stream('router')),
    slo: workload.slo,
    clientTimeout,
    gatewayCapacity,
    countFrom,
    ...(onRequest ? { onRequest } : {}),
    ...(retries ? { retries: { policy: new Retries(retries, rng.stream('retries')), timers } } : {}),
  });
}

function buildTelemetry(
  options: SimulationOptions,
  fleet: Fleet,
  dispatcher: Dispatcher,
  timers: EventQueue,
): Telemetry {
  const observed: Observed = {
    get spec() {
      return fleet.spec;
    },
    pods: fleet.pods,
    get arrivals() {
      return dispatcher.arrivals;
    },
    catchUp: (pod, now) => fleet.catchUp(pod, now),
  };
  return new Telemetry(
    {
      grid: options.grid,
      ...(options.scrapes ? { scrapes: options.scrapes } : {}),
      metric: options.workload.slo.metric,
      latencyBounds: options.latencyBounds,
      bounds: options.workload.bounds,
      engine: options.profile.engine,
      headroomOf: (replica) => memoryHeadroom(options.profile, replica),
      hasGateway: options.hasGateway,
      seed: options.seed,
    },
    observed,
    timers,
  );
}
