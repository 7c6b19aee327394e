import { createRng } from '../../../src/base/rng.js';
import { EventQueue, runUntil } from '../../../src/kisim/event-queue.js';
import { Dispatcher, type DispatcherOptions } from '../../../src/kisim/fleet/dispatcher.js';
import { Fleet, type FleetOptions } from '../../../src/kisim/fleet/fleet.js';
import type { NodePoolOptions } from '../../../src/kisim/fleet/node.js';
import { GPU, type Pool } from '../../../src/kisim/fleet/pool.js';
import { createRouter } from '../../../src/kisim/fleet/router.js';
import type { RequestRecord } from '../../../src/kisim/replica/request.js';
import { createSlotReplica, TEST_BOUNDS } from './slot-replica.js';

export interface Bench {
  readonly fleet: Fleet;
  readonly dispatcher: Dispatcher;
  readonly timers: EventQueue;
  readonly records: RequestRecord[];
  /** Ordinals of pods in the order in which they became ready for the first time. */
  readonly ready: number[];
  /** Lets everything happen until then. */
  at(time: number): void;
  /** A request that takes so many seconds in a slot. */
  send(arrival: number, seconds: number): void;
}

export interface BenchOptions extends Partial<FleetOptions>, Partial<DispatcherOptions> {
  readonly queueCapacity?: number;
  readonly limit?: number;
  readonly seed?: number;
  readonly timers?: EventQueue;
}

/** A pool of replicas with one slot; a request takes as many seconds as it has hundreds of output tokens. */
export function testPool(changes: Partial<Pool> = {}, queueCapacity = 10): Pool {
  return {
    name: 'test',
    createReplica: (listener) =>
      createSlotReplica(
        { slots: 1, queueCapacity, serviceTime: (_, output) => output / 100, bounds: TEST_BOUNDS },
        listener,
      ),
    coldStart: { median: 20, sigma: 0 },
    pricePerHour: 3600,
    gpus: 1,
    gpu: GPU,
    ...changes,
  };
}

export function testNodes(changes: Partial<NodePoolOptions> = {}): NodePoolOptions {
  return {
    name: 'node',
    gpu: GPU,
    gpusPerNode: 4,
    count: 1,
    max: 1,
    provisioning: { median: 100, sigma: 0 },
    idleAfter: Number.POSITIVE_INFINITY,
    zones: ['a'],
    capacity: 'on-demand',
    priceFactor: 1,
    ...changes,
  };
}

/** A fleet of test pools: cold start 20 s sharp, least outstanding requests, TTFT objective of 5 s. */
export function bench(options: BenchOptions = {}): Bench {
  const { queueCapacity = 10, limit = 5, seed = 1, timers = new EventQueue(), ...changes } = options;
  const records: RequestRecord[] = [];
  const ready: number[] = [];
  const dispatcher = new Dispatcher({
    router: createRouter('least-outstanding', createRng(seed)),
    slo: { metric: 'ttft', limit },
    clientTimeout: 100,
    gatewayCapacity: 3,
    countFrom: 0,
    onRequest: (record) => records.push(record),
    ...changes,
  });
  const fleet = new Fleet(
    {
      pools: [testPool({}, queueCapacity)],
      drainMode: 'wait',
      drainGrace: 30,
      onReady: (pod) => ready.push(pod.ordinal),
      onScale: () => {},
      ...changes,
    },
    dispatcher,
    timers,
    createRng(seed),
  );
  return {
    fleet,
    dispatcher,
    timers,
    records,
    ready,
    at: (time) => {
      runUntil([timers, ...dispatcher.deadlines], time);
      fleet.settle(time);
    },
    send: (arrival, seconds) => dispatcher.accept({ arrival, inputTokens: 10, outputTokens: 100 * seconds }),
  };
}
