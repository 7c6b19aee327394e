import { createRng } from '../../../src/base/rng.js';
import type { Fault } from '../../../src/kisim/fault.js';
import type { RequestRecord, RequestSpec } from '../../../src/kisim/replica/request.js';
import { type Interval, intervalOf } from '../queueing/batch-means.js';
import { type FleetPlay, latencyOf, playFleet, REPLICA_RATE, STEP, summary, ttftOf } from './play-fleet.js';
import { atRate, later, merged, unitRequests } from './requests.js';

/** Seconds that sums of step times may differ by. */
const ROUNDING = 1e-9;

/** How often a law was looked at, and how often it was broken. */
export interface LawCount {
  readonly looks: number;
  readonly broken: number;
}

/** A random fleet with a random patience and random crashes, slow pods and lost scrapes. */
export function playRandomFleet(seed: number, count: number): { readonly play: FleetPlay; readonly timeout: number } {
  const rng = createRng(seed).stream('random-fleet');
  const replicas = 1 + Math.floor(6 * rng.next());
  const requests = atRate(unitRequests(count, seed), replicas * REPLICA_RATE * (0.3 + 1.2 * rng.next()));
  const end = requests.at(-1)?.arrival ?? 0;
  const timeout = 2 + 60 * rng.next();
  const at = (): number => end * rng.next();
  const faults: readonly Fault[] = [
    { kind: 'pod-crash', at: at(), pods: 1 },
    { kind: 'pod-crash', at: at(), pods: 1 + Math.floor(2 * rng.next()) },
  ];
  const play = playFleet(requests, replicas, seed, { clientTimeout: timeout, faults, gatewayCapacity: 20 });
  return { play, timeout };
}

/** Every request ends in exactly one outcome, with the tokens it came with, and the books say as many as the listener heard. */
export function countUnconserved({ records, statistics }: FleetPlay, injected: number): LawCount {
  const { completed, timedOut, rejected, lost, unfinished } = statistics;
  const sums = [
    records.length - injected,
    statistics.injected - injected,
    completed + timedOut + rejected + lost + unfinished - injected,
    records.filter(({ outcome }) => outcome === 'completed').length - completed,
    new Set(records.map(({ arrival }) => arrival)).size - injected,
  ];
  return { looks: sums.length, broken: sums.filter((difference) => difference !== 0).length };
}

/** Nothing before its cause: arrival, schedule, first token, end; nobody waits for longer than its client does. */
export function countAcausal({ records }: FleetPlay, timeout: number): LawCount {
  const isCausal = (record: RequestRecord): boolean => {
    const { arrival, scheduledAt, firstTokenAt, finishedAt, outcome, outputTokens } = record;
    const times = [arrival, scheduledAt, firstTokenAt, finishedAt].filter((time) => !Number.isNaN(time));
    const isInOrder = times.every((time, i) => i === 0 || time >= (times[i - 1] as number));
    const isPatient = finishedAt <= arrival + timeout + 1e-9;
    if (outcome !== 'completed') return isInOrder && isPatient;
    return isInOrder && isPatient && times.length === 4 && (outputTokens === 1 || finishedAt > firstTokenAt);
  };
  return { looks: records.length, broken: records.filter((record) => !isCausal(record)).length };
}

/**
 * From one play to the next, no mean, p50 or p99 of TTFT or latency must fall. A quantile of TTFT may, by less than the shortest
 * engine step: when in a step a request arrives is luck, and at light load that is all the difference there is.
 */
export function countFalls(plays: readonly FleetPlay[]): LawCount {
  const all = plays.map(({ records }) => ({ ttft: summary(records, ttftOf), latency: summary(records, latencyOf) }));
  let looks = 0;
  let broken = 0;
  const look = (before: number, after: number, slack: number): void => {
    looks++;
    if (after < before * (1 - 1e-9) - slack) broken++;
  };
  for (let i = 1; i < all.length; i++) {
    const [a, b] = [all[i - 1], all[i]] as [(typeof all)[number], (typeof all)[number]];
    for (const statistic of ['mean', 'p50', 'p99'] as const) {
      look(a.latency[statistic], b.latency[statistic], 0);
      look(a.ttft[statistic], b.ttft[statistic], statistic === 'mean' ? 0 : STEP);
    }
  }
  return { looks, broken };
}

/** The same requests, faster and faster (common random numbers). */
export function playRisingLoad(seed: number, count: number): readonly FleetPlay[] {
  const requests = unitRequests(count, seed);
  return [0.2, 0.4, 0.6, 0.8, 1, 1.3].map((load) => playFleet(atRate(requests, 3 * REPLICA_RATE * load), 3, seed));
}

/** The same requests on ever smaller fleets. */
export function playShrinkingFleet(seed: number, count: number): readonly FleetPlay[] {
  const requests = atRate(unitRequests(count, seed), 3 * REPLICA_RATE);
  return [8, 6, 5, 4, 3, 2].map((replicas) => playFleet(requests, replicas, seed));
}

/** Every request twice at once, dealt round over twice the replicas: each pair lives the life of the one. Counts unequal pairs. */
export function countUnequalTwins(seed: number, count: number): LawCount {
  const requests = atRate(unitRequests(count, seed), 3 * REPLICA_RATE * 0.8);
  const one = playFleet(requests, 3, seed, { router: 'round-robin' });
  const twins = playFleet(
    requests.flatMap((request) => [request, request]),
    6,
    seed,
    { router: 'round-robin' },
  );
  const broken = twins.records.filter((record, i) => !isSame(record, one.records[i >> 1])).length;
  return { looks: twins.records.length, broken };
}

/** p50 latency of 8 replicas and of 16 with twice the load, independent streams: relative difference over seeds. */
export function doubledP50(seeds: number, count: number): Interval {
  const rate = 8 * REPLICA_RATE * 0.5;
  const differences = Array.from({ length: seeds }, (_, seed) => {
    const [a, b] = [unitRequests(count, 2 * seed), unitRequests(count, 2 * seed + 1)].map((one) => atRate(one, rate));
    const single = summary(playFleet(a as readonly RequestSpec[], 8, seed).records, latencyOf).p50;
    const both = merged(a as readonly RequestSpec[], b as readonly RequestSpec[]);
    return summary(playFleet(both, 16, seed).records, latencyOf).p50 / single - 1;
  });
  return intervalOf(differences);
}

/** One run with an idle gap in its middle, and two runs of its halves: counts records that differ. */
export function countSplitDifferences(seed: number, count: number): LawCount {
  const rate = 2 * REPLICA_RATE * 0.9;
  const first = atRate(unitRequests(count, seed), rate);
  const gap = (first.at(-1)?.arrival ?? 0) + 1000;
  const second = later(atRate(unitRequests(count, seed + 1), rate), gap);
  const whole = playFleet([...first, ...second], 2, seed).records;
  const parts = [...playFleet(first, 2, seed).records, ...playFleet(second, 2, seed).records];
  const broken = whole.filter((record, i) => !isSame(record, parts[i])).length;
  return { looks: whole.length, broken: broken + Math.abs(whole.length - parts.length) };
}

/** Equal but for rounding: pods are scraped at other moments, and a stretch of steps that is looked into adds up differently. */
function isSame(a: RequestRecord, b: RequestRecord | undefined): boolean {
  const isEqual = (x: unknown, y: unknown): boolean =>
    Object.is(x, y) || (typeof x === 'number' && typeof y === 'number' && Math.abs(x - y) <= ROUNDING);
  return b !== undefined && Object.entries(a).every(([key, value]) => isEqual(value, b[key as keyof RequestRecord]));
}
