import { clamp } from '../base/numbers.js';
import type { Ratio, Replicas } from '../base/units.js';
import type { Correction } from './decision.js';
import type { Freshness } from './freshness.js';
import type { Situation } from './situation.js';

/** What a guard may look at beside the count it corrects. */
export interface GuardInput {
  readonly situation: Situation;
  readonly freshness: Freshness;
}

/**
 * One rule of safety: takes a count, returns the same or a corrected one. Guards are pure and keep no memory; what looks like
 * memory (the last four ticks) is read off the window, so that every replica of the scaler corrects alike.
 */
export interface Guard {
  readonly name: string;
  readonly meaning: string;
  readonly correct: (replicas: Replicas, input: GuardInput) => Replicas;
}

/** Share of a replica's saturation throughput at which the reactive floor thinks it full. */
const FLOOR_UTILIZATION: Ratio = 0.95;
const MAX_STEP_UP: Ratio = 2.5;
const MAX_STEP_DOWN: Ratio = 0.5;
const HYSTERESIS_TICKS = 4;

/** Replicas that the load seen at tick `index` of the window needs, without any forecast. */
function reactiveNeed({ demand, capacity }: Situation, index: number): Replicas {
  const load = (demand.ewma25[index] ?? 0) / (FLOOR_UTILIZATION * capacity.throughput);
  return Math.ceil(load + (demand.backlog[index] ?? 0));
}

const reactiveFloor: Guard = {
  name: 'reactive-floor',
  meaning: 'at least what the present load and backlog need at 95 % utilization',
  correct: (replicas, { situation }) => Math.max(replicas, reactiveNeed(situation, situation.window.grid.ticks - 1)),
};

const step: Guard = {
  name: 'step',
  meaning: 'per tick at most x2.5 (or +2) up and x0.5 (or -1) down',
  correct: (replicas, { situation: { currentReplicas, readyReplicas, startingReplicas } }) => {
    // The count shown is up to a minute old: pods that exist already are no step.
    const existing = Math.max(currentReplicas, readyReplicas + startingReplicas);
    const highest = Math.max(existing + 2, Math.ceil(existing * MAX_STEP_UP));
    const lowest = Math.min(currentReplicas - 1, Math.floor(currentReplicas * MAX_STEP_DOWN));
    return clamp(replicas, lowest, highest);
  },
};

const hysteresis: Guard = {
  name: 'hysteresis',
  meaning: 'down only to what every one of the last four ticks would have allowed',
  correct: (replicas, { situation }) => {
    if (replicas >= situation.currentReplicas) return replicas;
    const newest = situation.window.grid.ticks - 1;
    let floor = replicas;
    for (let i = Math.max(0, newest - HYSTERESIS_TICKS + 1); i <= newest; i++) {
      floor = Math.max(floor, reactiveNeed(situation, i));
    }
    return Math.min(floor, situation.currentReplicas);
  },
};

const noDown: Guard = {
  name: 'no-down',
  meaning: 'never down on stale or partial metrics, while the queue grows, or while replicas are cold-starting',
  correct: (replicas, { situation, freshness }) => {
    if (replicas >= situation.currentReplicas) return replicas;
    const isUntrusted = freshness.kind !== 'complete';
    return isUntrusted || isQueueGrowing(situation) || isColdStarting(situation) ? situation.currentReplicas : replicas;
  },
};

function isQueueGrowing({ demand, currentReplicas }: Situation): boolean {
  const newest = demand.queue.length - 1;
  const growth = (demand.queue[newest] ?? 0) - (demand.queue[newest - 1] ?? 0);
  return growth > Math.max(1, currentReplicas);
}

/** Starting replicas keep the count up for two cold starts; what takes longer is stuck (a stock-out) and may be withdrawn. */
function isColdStarting({ startingReplicas, window, capacity }: Situation): boolean {
  const series = window.series.oldestStartingAge;
  const oldest = series[series.length - 1] ?? Number.NaN;
  return startingReplicas > 0 && !(oldest > 2 * capacity.coldStart);
}

const idleToZero: Guard = {
  name: 'idle-to-zero',
  meaning:
    'to 0, where the minimum allows it, only after five minutes and two cold starts without any request; never else',
  correct: (replicas, { situation, freshness }) => {
    if (situation.bounds.minReplicas > 0) return replicas;
    // At 0 there is no engine to be scraped, so the engines' series age for a reason.
    const isTrusted = freshness.kind === 'complete' || situation.currentReplicas === 0;
    return isTrusted && isIdle(situation) ? 0 : Math.max(1, replicas);
  },
};

/** Where no engine runs, only a gateway that counts arrivals can say that none came. */
function isIdle({ demand, window, capacity }: Situation): boolean {
  const ticks = Math.ceil(Math.max(300, 2 * capacity.coldStart) / window.grid.interval);
  const { runningRequests, arrivalRate } = window.series;
  const length = runningRequests.length;
  for (let i = Math.max(0, length - ticks); i < length; i++) {
    const running = runningRequests[i] as number;
    const noneRuns = running === 0 || (Number.isNaN(running) && arrivalRate[i] === 0);
    if (!(noneRuns && demand.arrivals[i] === 0 && demand.queue[i] === 0)) return false;
  }
  return true;
}

const bounds: Guard = {
  name: 'bounds',
  meaning: 'within minReplicas and maxReplicas, always last',
  correct: (replicas, { situation }) => clamp(replicas, situation.bounds.minReplicas, situation.bounds.maxReplicas),
};

/** In the order in which they act. Training, evaluation, simulation and the server use this one table. */
export const GUARDS: readonly Guard[] = [reactiveFloor, step, hysteresis, noDown, idleToZero, bounds];

/** Runs the guards over a finite proposal; what each one changed is kept in order. */
export function applyGuards(
  proposed: Replicas,
  input: GuardInput,
  guards: readonly Guard[] = GUARDS,
): { readonly replicas: Replicas; readonly corrections: readonly Correction[] } {
  const corrections: Correction[] = [];
  let replicas = proposed;
  for (const { name, correct } of guards) {
    const corrected = correct(replicas, input);
    if (corrected !== replicas) corrections.push({ guard: name, from: replicas, to: corrected });
    replicas = corrected;
  }
  return { replicas, corrections };
}
