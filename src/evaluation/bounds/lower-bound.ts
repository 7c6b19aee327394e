import type { Replicas, Requests, Seconds } from '../../base/units.js';
import type { Pooled } from '../pool-rows.js';
import type { LeastWork } from './least-work.js';

/** A window as its lower bound sees it. Times in seconds from the end of the warm-up, work in seconds of one replica. */
export interface BoundProblem {
  /** Counted requests in order of arrival, and their work. */
  readonly arrival: Float64Array;
  readonly work: LeastWork;
  /** Seconds after its arrival by which a request that is no miss has its first token, and is complete. */
  readonly firstTokenWithin: Seconds;
  readonly completeWithin: Seconds;
  /** Counted seconds of traffic. */
  readonly duration: Seconds;
  /** Width of a slot; deadlines are rounded up to whole slots. */
  readonly slot: Seconds;
  /** The shortest cold start that any pod may have. */
  readonly coldStart: Seconds;
  readonly minReplicas: Replicas;
  /** Requests a second that one replica can serve: what turns replica-seconds into cost. */
  readonly throughput: number;
}

/** A bound: for every policy cost + price * misses >= objective, and cost and misses where it touches. */
export interface LowerBound extends Pooled {
  readonly objective: number;
}

/** The requests of a problem added up by the slot in which they arrive, [slots]. */
export interface Slots {
  readonly requests: Float64Array;
  readonly prefill: Float64Array;
  readonly decode: Float64Array;
  /** Slots after its own that work may wait: its deadline lies no later than the last one's end. */
  readonly prefillWait: number;
  readonly decodeWait: number;
}

export function slotsOf(problem: BoundProblem): Slots {
  const { arrival, work, slot, duration, firstTokenWithin, completeWithin } = problem;
  const waitOf = (within: Seconds): number => Math.floor(within / slot) + 1;
  const prefillWait = waitOf(Math.min(firstTokenWithin, completeWithin));
  const decodeWait = waitOf(completeWithin);
  const count = Math.floor(duration / slot) + 1 + decodeWait;
  const [requests, prefill, decode] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < arrival.length; i++) {
    const k = slotOf(problem, i);
    requests[k] = (requests[k] as number) + 1;
    prefill[k] = (prefill[k] as number) + (work.prefill[i] as number);
    decode[k] = (decode[k] as number) + (work.decode[i] as number);
  }
  return { requests, prefill, decode, prefillWait, decodeWait };
}

/** Seconds that a replica which begins to serve with slot `k` was billed for before: those of its cold start that count. */
export function startSeconds({ coldStart, slot }: BoundProblem, k: number): Seconds {
  return Math.min(coldStart, k * slot);
}

/**
 * What shadow prices of capacity prove (docs/bounds.md, "The lower bound"): any y >= 0 [slots] that lets no replica earn
 * more than it is billed for gives a bound, by weak duality; good ones give a high one. Throws RangeError for prices that are not.
 *
 * @param missSeconds replica-seconds that a miss is worth.
 */
export function proveBound(problem: BoundProblem, y: Float64Array, missSeconds: Seconds): LowerBound {
  if (largestProfit(problem, y) > 0 || !y.every((price) => price >= 0))
    throw new RangeError('shadow prices: must be at least 0 and let no replica earn more than it costs');
  const { arrival, work, slot, duration, minReplicas, throughput } = problem;
  const { prefillWait, decodeWait } = slotsOf(problem);
  const prefillPrice = cheapestAhead(y, prefillWait);
  const decodePrice = cheapestAhead(y, decodeWait);
  let seconds = minReplicas * (duration - slot * y.reduce((sum, price) => sum + price, 0));
  let misses: Requests = 0;
  for (let i = 0; i < arrival.length; i++) {
    const k = slotOf(problem, i);
    const served =
      (work.prefill[i] as number) * (prefillPrice[k] as number) +
      (work.decode[i] as number) * (decodePrice[k] as number);
    if (served > missSeconds) misses++;
    seconds += Math.min(served, missSeconds);
  }
  const perSecond = throughput / arrival.length;
  const objective = Math.max(seconds, minReplicas * duration) * perSecond;
  const isTrivial = seconds <= minReplicas * duration;
  const missRate = isTrivial ? 0 : misses / arrival.length;
  return { objective, missRate, cost: objective - missSeconds * throughput * missRate };
}

/** Most that a replica earns beyond what it is billed for, over all stretches that it could serve: sum of slot * (y - 1) less its start. */
export function largestProfit(problem: BoundProblem, y: Float64Array): Seconds {
  let largest = Number.NEGATIVE_INFINITY;
  let best = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < y.length; k++) {
    best = Math.max(best, -startSeconds(problem, k)) + problem.slot * ((y[k] as number) - 1);
    largest = Math.max(largest, best);
  }
  return largest;
}

/** The prices, lowered by the least common factor of thousandths of a thousandth with which no replica earns too much. */
export function withoutProfit(problem: BoundProblem, prices: Float64Array): Float64Array {
  let y = prices.map((price) => Math.max(0, price));
  for (let attempt = 0; attempt < 50; attempt++) {
    if (largestProfit(problem, y) <= 0) return y;
    const factor = 1 - 1e-6 * (1 << Math.min(attempt, 19));
    y = y.map((price) => price * factor);
  }
  return y.fill(0);
}

/** Least price of each slot and the `wait` after it. */
function cheapestAhead(y: Float64Array, wait: number): Float64Array {
  const least = new Float64Array(y.length);
  // Indices of the window's minima, cheapest first: a monotone queue.
  const queue: number[] = [];
  let head = 0;
  for (let end = y.length - 1, k = y.length - 1; k >= 0; k--) {
    while (queue.length > head && (y[queue.at(-1) as number] as number) >= (y[k] as number)) queue.pop();
    queue.push(k);
    end = Math.min(y.length - 1, k + wait);
    while ((queue[head] as number) > end) head++;
    least[k] = y[queue[head] as number] as number;
  }
  return least;
}

function slotOf({ arrival, slot }: BoundProblem, index: number): number {
  return Math.floor((arrival[index] as number) / slot);
}
