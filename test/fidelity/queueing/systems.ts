import { exponential, gamma, logNormal } from '../../../src/base/distributions.js';
import type { Rng } from '../../../src/base/rng.js';
import type { RequestRecord } from '../../../src/kisim/replica/request.js';
import { erlangB, erlangC, machineRepair, mmck, pollaczekKhinchine, waitOfErlangM1, waitOfMmc } from './formulas.js';

/** What is averaged over requests: undefined leaves a request out. Times are in mean service times. */
export interface Observable {
  readonly metric: string;
  /** The exact value, were every service `factor` times as long. */
  readonly expected: (factor: number) => number;
  readonly of: (record: RequestRecord, serviceTime: number) => number | undefined;
  /** Allowed distance of a probability instead of a relative error. */
  readonly points?: number;
}

/** A queue with a closed form. */
export interface QueueingSystem {
  readonly name: string;
  /** Poisson arrivals in one mean service time, over all replicas. */
  readonly load: number;
  readonly replicas: number;
  readonly servers: number;
  readonly capacity: number;
  /** A service time of mean 1. */
  readonly draw: (rng: Rng) => number;
  readonly acceptance?: (inside: number) => number;
  readonly observables: readonly Observable[];
  /** The p99 of the time in system, in mean service times, where it has a closed form. */
  readonly p99?: number;
}

const memoryless = (rng: Rng): number => exponential(rng, 1);
const NO_LIMIT = Number.POSITIVE_INFINITY;

const wait = (expected: Observable['expected']): Observable => ({
  metric: 'mean wait',
  expected,
  of: ({ outcome, firstTokenAt, arrival }, serviceTime) =>
    outcome === 'completed' ? (firstTokenAt - arrival) / serviceTime : undefined,
});

const sojourn = (metric: string, expected: Observable['expected']): Observable => ({
  metric,
  expected,
  of: ({ outcome, finishedAt, arrival }, serviceTime) =>
    outcome === 'completed' ? (finishedAt - arrival) / serviceTime : undefined,
});

const waits = (expected: Observable['expected']): Observable => ({
  metric: 'chance of waiting',
  expected,
  of: ({ outcome, firstTokenAt, arrival }) => (outcome === 'completed' ? Number(firstTokenAt > arrival) : undefined),
  points: 0.005,
});

const lost = (metric: string, expected: Observable['expected']): Observable => ({
  metric,
  expected,
  of: ({ outcome }) => Number(outcome === 'rejected'),
});

function mm1(rho: number): QueueingSystem {
  return {
    name: `M/M/1, rho ${rho}`,
    load: rho,
    replicas: 1,
    servers: 1,
    capacity: NO_LIMIT,
    draw: memoryless,
    observables: [
      wait((f) => f * waitOfMmc(1, f * rho)),
      sojourn('mean time in system', (f) => f / (1 - f * rho)),
      waits((f) => f * rho),
    ],
    p99: Math.log(100) / (1 - rho),
  };
}

function mmc(servers: number, rho: number): QueueingSystem {
  const load = servers * rho;
  return {
    name: `M/M/${servers}, rho ${rho}`,
    load,
    replicas: 1,
    servers,
    capacity: NO_LIMIT,
    draw: memoryless,
    observables: [wait((f) => f * waitOfMmc(servers, f * load)), waits((f) => erlangC(servers, f * load))],
  };
}

function mg1(name: string, rho: number, squaredVariation: number, draw: (rng: Rng) => number): QueueingSystem {
  return {
    name: `${name}, rho ${rho}`,
    load: rho,
    replicas: 1,
    servers: 1,
    capacity: NO_LIMIT,
    draw,
    observables: [wait((f) => f * pollaczekKhinchine(f * rho, squaredVariation))],
  };
}

function loss(servers: number, capacity: number, rho: number): QueueingSystem {
  const load = servers * rho;
  const share = lost('share lost', (f) => mmck(servers, capacity, f * load).loss);
  const delay = wait((f) => f * mmck(servers, capacity, f * load).wait);
  return {
    name:
      capacity === servers
        ? `M/M/${servers}/${capacity} (Erlang B), rho ${rho}`
        : `M/M/${servers}/${capacity}, rho ${rho}`,
    load,
    replicas: 1,
    servers,
    capacity,
    draw: memoryless,
    observables: capacity === servers ? [lost('share lost', (f) => erlangB(servers, f * load))] : [share, delay],
  };
}

/**
 * A closed queue behind an open stream, exactly: failures at the rate of all machines together, of which the ones that would hit
 * a machine already down are thinned out (uniformization, Jensen 1953).
 */
function repair(machines: number, repairers: number, failureRate: number): QueueingSystem {
  return {
    name: `machine repair, ${machines} machines, ${repairers} repairers`,
    load: machines * failureRate,
    replicas: 1,
    servers: repairers,
    capacity: NO_LIMIT,
    draw: memoryless,
    acceptance: (inside) => (machines - inside) / machines,
    observables: [
      sojourn('mean time down', (f) => f * machineRepair(machines, repairers, f * failureRate).down),
      lost('share of machines down', (f) => 1 - machineRepair(machines, repairers, f * failureRate).up),
    ],
  };
}

function roundRobin(replicas: number, rho: number): QueueingSystem {
  return {
    name: `round robin over ${replicas} (E${replicas}/M/1), rho ${rho}`,
    load: replicas * rho,
    replicas,
    servers: 1,
    capacity: NO_LIMIT,
    draw: memoryless,
    observables: [wait((f) => f * waitOfErlangM1(replicas, f * rho))],
  };
}

/** Squared variations of the general service times. */
const GAMMA_SHAPE = 0.5;
const LOG_SIGMA = 0.8;

export const SYSTEMS: readonly QueueingSystem[] = [
  mm1(0.5),
  mm1(0.9),
  mmc(4, 0.8),
  mmc(16, 0.9),
  mg1('M/D/1', 0.9, 0, () => 1),
  mg1('M/G/1 (gamma, c2 = 2)', 0.8, 1 / GAMMA_SHAPE, (rng) => gamma(rng, GAMMA_SHAPE, 1)),
  mg1('M/G/1 (log-normal, c2 = 0.9)', 0.8, Math.exp(LOG_SIGMA * LOG_SIGMA) - 1, (rng) =>
    logNormal(rng, Math.exp(-(LOG_SIGMA * LOG_SIGMA) / 2), LOG_SIGMA),
  ),
  loss(1, 10, 1),
  loss(4, 8, 1.1),
  loss(8, 8, 0.9),
  repair(20, 3, 0.15),
  roundRobin(4, 0.9),
];
