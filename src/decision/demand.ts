import type { Seconds } from '../base/units.js';
import type { Capacity } from './capacity.js';
import { dampedHorizon, ewma, holt } from './smoothing.js';
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
  const { interval } = window.grid;
  const horizon = capacity.coldStart / interval;
  const arrivals = estimateArrivals(window);
  const fast = holt(arrivals, 0.5, 0.25, 0.9);
  const slow = holt(arrivals, 0.2, 0.06, 0.95);
  const half = dampedHorizon(0.9, horizon / 2);
  const full = dampedHorizon(0.9, horizon);
  const long = dampedHorizon(0.95, horizon);
  const forecast = (level: Float64Array, trend: Float64Array, reach: number): Float64Array =>
    level.map((value, i) => Math.max(0, value + reach * (trend[i] as number)));
  const ewma25 = ewma(arrivals, 0.25);
  const queue = filled(window.series.queueDepth, 0);
  return {
    arrivals,
    ewma50: ewma(arrivals, 0.5),
    ewma25,
    ewma08: ewma(arrivals, 0.08),
    holtHalf: forecast(fast.level, fast.trend, half),
    holtFull: forecast(fast.level, fast.trend, full),
    trend: fast.trend,
    slowHolt: forecast(slow.level, slow.trend, long),
    slowTrend: slow.trend,
    queue,
    backlog: computeBacklog(window, capacity, ewma25, queue),
  };
}

/** Arrivals per second at each tick; the estimate for engines that count completions only (policy: per tick, no smoothing). */
export function estimateArrivals(window: Window): Float64Array {
  const { arrivalRate, completionRate } = window.series;
  const out = new Float64Array(arrivalRate.length);
  const queue = filled(window.series.queueDepth, 0);
  const running = filled(window.series.runningRequests, 0);
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
  return backfill(out, firstKnown(arrivalRate, completionRate));
}

/**
 * Backlog in replicas at each tick: the queue that will stand one cold start ahead if arrivals stay as they are and the
 * starting replicas become ready evenly, divided by what a replica drains in BACKLOG_DRAIN.
 */
function computeBacklog(window: Window, capacity: Capacity, arrivals: Float64Array, queue: Float64Array): Float64Array {
  const ready = filled(window.series.readyReplicas, latestOr(window, 'readyReplicas', 0));
  const starting = filled(window.series.startingReplicas, 0);
  const oldest = filled(window.series.oldestStartingAge, 0);
  const youngest = filled(window.series.youngestStartingAge, 0);
  const { throughput, coldStart } = capacity;
  return queue.map((waiting, i) => {
    if (waiting <= 0) return 0;
    const meanAge = ((oldest[i] as number) + (youngest[i] as number)) / 2;
    const until = Math.max(0, coldStart - meanAge);
    const rate = arrivals[i] as number;
    const now = (ready[i] as number) * throughput;
    const then = now + (starting[i] as number) * throughput;
    const atStart = Math.max(0, waiting + (rate - now) * until);
    const atHorizon = Math.max(0, atStart + (rate - then) * (coldStart - until));
    return atHorizon / (throughput * BACKLOG_DRAIN);
  });
}

function filled(series: Float64Array, otherwise: number): Float64Array {
  const out = new Float64Array(series.length);
  let last = otherwise;
  for (let i = 0; i < series.length; i++) {
    const value = series[i] as number;
    if (!Number.isNaN(value)) last = value;
    out[i] = last;
  }
  return out;
}

function firstKnown(...series: readonly Float64Array[]): number {
  const indices = series.map((one) => one.findIndex((value) => !Number.isNaN(value))).filter((index) => index >= 0);
  return indices.length === 0 ? 0 : Math.min(...indices);
}

/** A young fleet has no past: the ticks before its first sample repeat that sample instead of a zero that never was. */
function backfill(values: Float64Array, first: number): Float64Array {
  return values.fill(values[first] ?? 0, 0, first);
}
