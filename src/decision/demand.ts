import type { Seconds } from '../base/units.js';
import type { Capacity } from './capacity.js';
import { dampedHorizon, ewma, holt, type Trend } from './smoothing.js';
import { latestOr, type Window } from './window.js';

/**
 * What the traffic of a window looks like. Arrays are Float64Array [grid.ticks], oldest first, without gaps: a tick without a
 * sample repeats the one before it. Rates in requests/s.
 */
export interface Demand {
  /** A gateway's counter where the window has one, else max(0, completions + change of queue + change of running). */
  readonly arrivals: Float64Array;
  readonly ewma50: Float64Array;
  readonly ewma25: Float64Array;
  readonly ewma08: Float64Array;
  /** Damped Holt (.5, .25, phi .9) at half a cold start, and at a whole one. */
  readonly holtHalf: Float64Array;
  readonly holtFull: Float64Array;
  readonly trend: Float64Array;
  /** Slow damped Holt (.2, .06, phi .95) at one cold start. */
  readonly slowHolt: Float64Array;
  readonly slowTrend: Float64Array;
  /** Requests waiting, gaps filled. */
  readonly queue: Float64Array;
  /** Replicas worth of backlog to drain within BACKLOG_DRAIN once the starting replicas are up, per tick. */
  readonly backlog: Float64Array;
}

/** Seconds within which a backlog is to be worked off. */
export const BACKLOG_DRAIN: Seconds = 60;

/** Reads the demand of every tick of the window, each from that tick and earlier ones only. Pure. */
export function computeDemand(window: Window, capacity: Capacity): Demand {
  const horizon = capacity.coldStart / window.grid.interval;
  const column = columnsOf(window.series.queueDepth.length);
  const queue = fill(window.series.queueDepth, 0, column());
  const arrivals = arrivalsOf(window, queue, column());
  const fast = holt(arrivals, [0.5, 0.25, 0.9], { level: column(), trend: column() });
  const slow = holt(arrivals, [0.2, 0.06, 0.95], { level: column(), trend: column() });
  const ewma25 = ewma(arrivals, 0.25, column());
  return {
    arrivals,
    ewma50: ewma(arrivals, 0.5, column()),
    ewma25,
    ewma08: ewma(arrivals, 0.08, column()),
    holtHalf: forecast(fast, dampedHorizon(0.9, horizon / 2), column()),
    holtFull: forecast(fast, dampedHorizon(0.9, horizon), column()),
    trend: fast.trend,
    slowHolt: forecast(slow, dampedHorizon(0.95, horizon), column()),
    slowTrend: slow.trend,
    queue,
    backlog: computeBacklog(window, capacity, { arrivals: ewma25, queue }, column()),
  };
}

/** Columns of a demand: those that it has, and the levels that its forecasts go out from. */
const COLUMNS = 13;

/** Hands out arrays of one buffer: a small array with a buffer of its own costs more than the numbers in it. */
function columnsOf(length: number): () => Float64Array {
  const { buffer } = new Float64Array(COLUMNS * length);
  let next = 0;
  return () => new Float64Array(buffer, Float64Array.BYTES_PER_ELEMENT * length * next++, length);
}

/** `reach` trends beyond the level of every tick, at least 0. */
function forecast({ level, trend }: Trend, reach: number, out: Float64Array): Float64Array {
  for (let i = 0; i < out.length; i++) out[i] = Math.max(0, (level[i] as number) + reach * (trend[i] as number));
  return out;
}

/** Arrivals per second at each tick; the estimate for engines that count completions only (policy: per tick, no smoothing). */
export function estimateArrivals(window: Window): Float64Array {
  const { length } = window.series.arrivalRate;
  return arrivalsOf(window, fill(window.series.queueDepth, 0, new Float64Array(length)), new Float64Array(length));
}

function arrivalsOf(window: Window, queue: Float64Array, out: Float64Array): Float64Array {
  const { arrivalRate, completionRate } = window.series;
  const running = fill(window.series.runningRequests, 0, new Float64Array(out.length));
  let previous = 0;
  for (let i = 0; i < out.length; i++) {
    const counted = arrivalRate[i] as number;
    const completed = completionRate[i] as number;
    const growth =
      i === 0
        ? 0
        : ((queue[i] as number) - (queue[i - 1] as number) + (running[i] as number) - (running[i - 1] as number)) /
          window.grid.interval;
    if (!Number.isNaN(counted)) previous = counted;
    else if (!Number.isNaN(completed)) previous = Math.max(0, completed + growth);
    out[i] = previous;
  }
  return backfill(out, Math.min(firstKnown(arrivalRate), firstKnown(completionRate)));
}

/**
 * Backlog in replicas at each tick: the queue that will stand one cold start ahead if arrivals stay as they are and the
 * starting replicas become ready evenly, divided by what a replica drains in BACKLOG_DRAIN.
 */
function computeBacklog(
  window: Window,
  { throughput, coldStart }: Capacity,
  { arrivals, queue }: Pick<Demand, 'arrivals' | 'queue'>,
  out: Float64Array,
): Float64Array {
  const { readyReplicas, startingReplicas, oldestStartingAge, youngestStartingAge } = window.series;
  let ready = latestOr(window, 'readyReplicas', 0);
  let starting = 0;
  let oldest = 0;
  let youngest = 0;
  for (let i = 0; i < out.length; i++) {
    ready = orElse(readyReplicas[i] as number, ready);
    starting = orElse(startingReplicas[i] as number, starting);
    oldest = orElse(oldestStartingAge[i] as number, oldest);
    youngest = orElse(youngestStartingAge[i] as number, youngest);
    const waiting = queue[i] as number;
    if (waiting <= 0) continue;
    const until = Math.max(0, coldStart - (oldest + youngest) / 2);
    const rate = arrivals[i] as number;
    const now = ready * throughput;
    const then = now + starting * throughput;
    const atStart = Math.max(0, waiting + (rate - now) * until);
    const atHorizon = Math.max(0, atStart + (rate - then) * (coldStart - until));
    out[i] = atHorizon / (throughput * BACKLOG_DRAIN);
  }
  return out;
}

function orElse(value: number, otherwise: number): number {
  return Number.isNaN(value) ? otherwise : value;
}

/** Writes the series to `out`; a gap repeats the value before it, one at the start is `otherwise`. */
function fill(series: Float64Array, otherwise: number, out: Float64Array): Float64Array {
  let last = otherwise;
  for (let i = 0; i < series.length; i++) {
    const value = series[i] as number;
    if (!Number.isNaN(value)) last = value;
    out[i] = last;
  }
  return out;
}

/** Index of the first sample; the length of the series where it has none. */
function firstKnown(series: Float64Array): number {
  let i = 0;
  while (i < series.length && Number.isNaN(series[i])) i++;
  return i;
}

/** A young fleet has no past: the ticks before its first sample repeat that sample instead of a zero that never was. */
function backfill(values: Float64Array, first: number): Float64Array {
  return first < values.length ? values.fill(values[first] as number, 0, first) : values;
}
