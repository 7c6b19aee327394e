import { mean, quantileSorted } from '../../../src/base/statistics.js';
import { createFastForwardEngine, createStepEngine } from '../../../src/kisim/replica/engine.js';
import type { Replica, ReplicaListener } from '../../../src/kisim/replica/replica.js';
import { buildCase, type EngineCase, type EngineScenario } from './scenario.js';

export const METRICS = ['ttft', 'tpot', 'latency'] as const;
export const STATISTICS = ['mean', 'p50', 'p90', 'p99'] as const;

/** Relative errors of fast-forward against the step engine. */
export interface EngineComparison {
  readonly errors: Readonly<Record<(typeof METRICS)[number], Readonly<Record<(typeof STATISTICS)[number], number>>>>;
  /** Of the step engine and of fast-forward. */
  readonly preemptions: readonly [number, number];
  readonly completed: readonly [number, number];
  /** Largest difference of a first-token or finish time of one request, seconds; Infinity where only one has it. */
  readonly largestDifference: number;
}

const TOLERANCE = 0.01;
const PREEMPTION_TOLERANCE = 0.05;

type Make = (options: EngineCase['options'], listener: ReplicaListener) => Replica;

interface Played {
  readonly firstTokenAt: Float64Array;
  readonly finishedAt: Float64Array;
  readonly preemptions: number;
}

export function compareEngines(
  scenario: EngineScenario,
  makeReference: Make = createStepEngine,
  makeCandidate: Make = createFastForwardEngine,
): EngineComparison {
  const one = buildCase(scenario);
  const reference = play(one, makeReference);
  const candidate = play(one, makeCandidate);
  const theirs = samplesOf(one, reference);
  const ours = samplesOf(one, candidate);
  return {
    errors: {
      ttft: errorsOf(ours.ttft, theirs.ttft),
      tpot: errorsOf(ours.tpot, theirs.tpot),
      latency: errorsOf(ours.latency, theirs.latency),
    },
    preemptions: [reference.preemptions, candidate.preemptions],
    completed: [theirs.latency.length, ours.latency.length],
    largestDifference: Math.max(
      differenceOf(reference.firstTokenAt, candidate.firstTokenAt),
      differenceOf(reference.finishedAt, candidate.finishedAt),
    ),
  };
}

/** Largest absolute error over metrics and statistics. */
export function worstError({ errors }: EngineComparison): number {
  return Math.max(...METRICS.flatMap((metric) => STATISTICS.map((statistic) => Math.abs(errors[metric][statistic]))));
}

/** Whether the table allows it: 1 % of every latency, 5 % of preemptions, 1 % of completions. */
export function isWithin(comparison: EngineComparison): boolean {
  const [before, after] = comparison.preemptions;
  const [completed, ours] = comparison.completed;
  return (
    worstError(comparison) <= TOLERANCE &&
    Math.abs(after - before) <= PREEMPTION_TOLERANCE * before &&
    Math.abs(ours - completed) <= TOLERANCE * completed
  );
}

/** One engine through a case: arrivals and clients that give up, in order of time. */
function play({ options, requests, patience, slowdown }: EngineCase, make: Make): Played {
  const firstTokenAt = new Float64Array(requests.length).fill(Number.NaN);
  const finishedAt = new Float64Array(requests.length).fill(Number.NaN);
  const isOver = new Uint8Array(requests.length);
  const replica = make(options, {
    onFirstToken: (request, at) => {
      firstTokenAt[request] = at;
    },
    onFinished: (request, at) => {
      finishedAt[request] = at;
      isOver[request] = 1;
    },
  });
  let oldest = 0;
  const giveUpUntil = (now: number): void => {
    for (; oldest < requests.length; oldest++) {
      const at = (requests[oldest]?.arrival ?? Number.POSITIVE_INFINITY) + patience;
      if (!(at <= now)) return;
      if (isOver[oldest] === 0) replica.abort(oldest, at);
    }
  };
  for (const [i, { arrival, inputTokens, outputTokens, prefixGroup = -1, prefixTokens = 0 }] of requests.entries()) {
    giveUpUntil(arrival);
    if (i === requests.length >> 1 && slowdown !== 1) replica.setSpeedFactor?.(slowdown, arrival);
    if (!replica.submit(i, arrival, inputTokens, outputTokens, prefixGroup, prefixTokens)) isOver[i] = 1;
  }
  giveUpUntil(Number.MAX_VALUE);
  replica.advance(1e12);
  return { firstTokenAt, finishedAt, preemptions: replica.counters.preemptions };
}

function samplesOf({ requests }: EngineCase, { firstTokenAt, finishedAt }: Played) {
  const [ttft, tpot, latency]: [number[], number[], number[]] = [[], [], []];
  for (const [i, { arrival, outputTokens }] of requests.entries()) {
    const [first, end] = [firstTokenAt[i] as number, finishedAt[i] as number];
    if (!Number.isNaN(first)) ttft.push(first - arrival);
    if (Number.isNaN(end)) continue;
    latency.push(end - arrival);
    if (outputTokens > 1) tpot.push((end - first) / (outputTokens - 1));
  }
  for (const values of [ttft, tpot, latency]) values.sort((a, b) => a - b);
  return { ttft, tpot, latency };
}

function errorsOf(ours: readonly number[], theirs: readonly number[]): EngineComparison['errors']['ttft'] {
  const error = (of: (values: readonly number[]) => number): number =>
    theirs.length === 0 && ours.length === 0 ? 0 : of(ours) / of(theirs) - 1;
  return {
    mean: error(mean),
    p50: error((values) => quantileSorted(values, 0.5)),
    p90: error((values) => quantileSorted(values, 0.9)),
    p99: error((values) => quantileSorted(values, 0.99)),
  };
}

function differenceOf(a: Float64Array, b: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (Number.isNaN(x) && Number.isNaN(y)) continue;
    const difference = Math.abs(x - y);
    largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return largest;
}
