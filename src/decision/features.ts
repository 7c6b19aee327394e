import { clamp } from '../base/numbers.js';
import { square } from '../base/power.js';
import type { Capacity } from './capacity.js';
import type { Demand } from './demand.js';
import {
  hourOf,
  maxOfStretch,
  meanOfStretch,
  overLoad,
  type Past,
  peakOfSeason,
  type Season,
  STRETCHES,
  sincePeak,
  sinceQuiet,
} from './past-features.js';
import type { SignalName } from './signal.js';
import type { Situation } from './situation.js';
import { latest, type Window } from './window.js';
import type { Bounds, Workload } from './workload.js';

/** What a feature is computed from; `n` and `r` are the current and ready replicas, at least 1; `rate` = throughput * n. */
export interface FeatureContext {
  readonly situation: Situation;
  readonly workload: Workload;
  readonly window: Window;
  readonly bounds: Bounds;
  readonly capacity: Capacity;
  readonly demand: Demand;
  readonly n: number;
  readonly r: number;
  readonly rate: number;
  /** Index of the newest tick. */
  readonly newest: number;
  /** The planner's count with a memory of 1 and of 28 ticks. */
  readonly plan1: number;
  readonly plan28: number;
  /** The load as the past is measured against it, and the season found in it. */
  readonly past: Past;
  readonly season: Season;
}

/** One dimensionless input of the network; NaN from `of` means "no evidence" and becomes 0. */
export interface Feature {
  readonly group: string;
  readonly name: string;
  readonly meaning: string;
  readonly low: number;
  readonly high: number;
  readonly of: (context: FeatureContext) => number;
}

const feature =
  (group: string, low: number, high: number) =>
  (name: string, meaning: string, of: Feature['of']): Feature => ({
    group,
    name,
    meaning,
    low,
    high,
    of,
  });

/** log2 of a ratio that may be 0, scaled to about [-1.25, 2]: the form in which all loads enter. */
export function lg(ratio: number): number {
  return Math.log2(0.06 + clamp(ratio, 0, 16)) / 2.5 + 0.4;
}

const newestOf = (context: FeatureContext, name: SignalName): number =>
  latest(context.window, name)?.value ?? Number.NaN;

const at = (values: Float64Array, index: number): number => values[Math.max(0, index)] ?? 0;

const price = feature('price', -2, 1);
const fixed = feature('static', -3, 3);
const queue = feature('queue', -2, 6);
const concurrency = feature('concurrency', -0.5, 1.6);
const latency = feature('latency', -4, 4);
const completions = feature('completions', -0.5, 3);
const history = feature('history', -1.3, 2.1);
const forecast = feature('forecast', -1.3, 2.1);
const trend = feature('forecast', -2, 2);
const peak = feature('peak', -2, 3);
const fleet = feature('fleet', 0, 4);
const self = feature('self', 0, 1);
const plan = feature('plan', -2, 4);
const past = feature('past', -2, 2);
const since = feature('past', 0, 1);

const HISTORY_TICKS = 8;

const histories: readonly Feature[] = Array.from({ length: HISTORY_TICKS }, (_, k) =>
  history(`arrivals-${k}`, `arrivals ${k} ticks ago over present capacity`, (c) =>
    lg(at(c.demand.arrivals, c.newest - k) / c.rate),
  ),
);

const stretches: readonly Feature[] = STRETCHES.flatMap(([first, last]) => [
  past(
    `mean-${first}-${last}`,
    `mean arrivals ${first} to ${last} ticks ago over the present load`,
    (c) => overLoad(c.past, meanOfStretch(c.past, first, last)) / 3,
  ),
  past(
    `max-${first}-${last}`,
    `largest arrivals ${first} to ${last} ticks ago over the present load`,
    (c) => overLoad(c.past, maxOfStretch(c.past, first, last)) / 3,
  ),
]);

const largest = (context: FeatureContext, ticks: number, pick: (a: number, b: number) => number): number => {
  const { arrivals } = context.demand;
  let found = arrivals[arrivals.length - 1] as number;
  for (let i = Math.max(0, arrivals.length - ticks); i < arrivals.length; i++)
    found = pick(found, arrivals[i] as number);
  return found;
};

/** The observation, in order. Formulas: dimensionless ratios of load, latency, headroom and time. */
export const FEATURES: readonly Feature[] = [
  price('price', 'price of a miss', (c) => (2 * Math.log(c.workload.missPrice)) / Math.log(100) - 1.2),

  fixed('cold-start', 'cold start, log2 of minutes', (c) => Math.log2(c.capacity.coldStart / 60) / 2),
  fixed('slo', 'SLO over cold start', (c) =>
    clamp(Math.log2(c.workload.slo.limit / c.capacity.coldStart) / 4, -1.5, 1.5),
  ),
  fixed(
    'throughput',
    'throughput of a replica per tick',
    (c) => Math.log2(c.window.grid.interval * c.capacity.throughput) / 4 - 0.5,
  ),
  fixed('slots', 'slots of a replica', (c) => Math.log2(c.capacity.maxNumSeqs) / 6 - 0.5),
  fixed('fill', 'replicas over the maximum', (c) => c.n / c.bounds.maxReplicas),
  fixed('replicas', 'log2 of replicas', (c) => Math.log2(c.n) / 4 - 0.5),
  fixed('granularity', 'one replica over all', (c) => 1 / c.n),
  fixed('is-ttft', '1 where the SLO is a TTFT', (c) => (c.workload.slo.metric === 'ttft' ? 1 : 0)),
  fixed('at-bound', '-1 at the minimum, 1 at the maximum', (c) =>
    c.n >= c.bounds.maxReplicas ? 1 : c.n <= Math.max(1, c.bounds.minReplicas) ? -1 : 0,
  ),

  queue('wait', 'seconds of queue over the SLO', (c) => Math.log1p(queueSeconds(c) / c.workload.slo.limit) / 1.5),
  queue('queue', 'ticks of queue', (c) => Math.log1p(queueSeconds(c) / c.window.grid.interval) / 2),
  queue('queue-growth', 'growth of the queue over present capacity', (c) =>
    clamp((at(c.demand.queue, c.newest) - at(c.demand.queue, c.newest - 1)) / (c.rate * c.window.grid.interval), -2, 2),
  ),

  concurrency(
    'slot-use',
    'running over slots',
    (c) => newestOf(c, 'runningRequests') / (c.r * c.capacity.maxNumSeqs) - 0.4,
  ),
  concurrency('memory-use', 'largest KV-cache use, else GPU memory use', (c) => {
    const kv = newestOf(c, 'kvUsage');
    return (Number.isNaN(kv) ? 1 - newestOf(c, 'gpuMemoryHeadroom') : kv) - 0.4;
  }),

  latency('p99', 'p99 over the SLO', (c) => Math.log2(newestLatency(c, 'p99Latency') / c.workload.slo.limit) / 2),
  latency(
    'mean-latency',
    'mean latency over the SLO',
    (c) => Math.log2(newestLatency(c, 'meanLatency') / c.workload.slo.limit) / 3,
  ),
  latency('has-latency', '1 where latencies are known', (c) => (Number.isNaN(newestLatency(c, 'p99Latency')) ? 0 : 1)),

  completions(
    'completions',
    'completions over ready capacity',
    (c) => newestOf(c, 'completionRate') / (c.capacity.throughput * c.r) - 0.5,
  ),

  ...histories,

  forecast('ewma50', 'smoothed arrivals (.5) over capacity', (c) => lg(at(c.demand.ewma50, c.newest) / c.rate)),
  forecast('ewma25', 'smoothed arrivals (.25) over capacity', (c) => lg(at(c.demand.ewma25, c.newest) / c.rate)),
  forecast('ewma08', 'smoothed arrivals (.08) over capacity', (c) => lg(at(c.demand.ewma08, c.newest) / c.rate)),
  forecast('holt-half', 'damped Holt half a cold start ahead', (c) => lg(at(c.demand.holtHalf, c.newest) / c.rate)),
  forecast('holt-full', 'damped Holt a cold start ahead', (c) => lg(at(c.demand.holtFull, c.newest) / c.rate)),
  forecast('holt-slow', 'slow damped Holt a cold start ahead', (c) => lg(at(c.demand.slowHolt, c.newest) / c.rate)),
  trend('trend', 'trend per tick over capacity, x4', (c) => (4 * at(c.demand.trend, c.newest)) / c.rate),
  trend(
    'trend-slow',
    'slow trend per tick over capacity, x16',
    (c) => (16 * at(c.demand.slowTrend, c.newest)) / c.rate,
  ),

  peak('max-20', 'largest arrivals of 20 ticks', (c) => lg(largest(c, 20, Math.max) / c.rate)),
  peak('max-60', 'largest arrivals of 60 ticks', (c) => lg(largest(c, 60, Math.max) / c.rate)),
  peak('min-20', 'smallest arrivals of 20 ticks', (c) => lg(largest(c, 20, Math.min) / c.rate)),
  peak('dispersion', 'log2 of the index of dispersion of arrivals per tick', (c) => Math.log2(dispersion(c)) / 6),
  peak('roughness', 'deviation of differences over capacity', (c) =>
    lg(deviationOfDifferences(c.demand.arrivals) / c.rate),
  ),

  fleet('starting', 'starting over current replicas', (c) => c.situation.startingReplicas / c.n),
  fleet('oldest-age', 'age of the oldest starting replica over the cold start', (c) =>
    startingAge(c, 'oldestStartingAge'),
  ),
  fleet('youngest-age', 'age of the youngest one', (c) => startingAge(c, 'youngestStartingAge')),

  self('since-up', 'exp(-ticks since the count last rose / 8)', (c) => recency(c.window, 1)),
  self('since-down', 'exp(-ticks since the count last fell / 8)', (c) => recency(c.window, -1)),

  plan('backlog', 'replicas of backlog', (c) => Math.log2(1 + c.situation.backlog)),
  plan('load', 'present load over current replicas', (c) => lg(c.situation.load / c.n)),
  plan('plan-1', 'planner over current replicas, no memory', (c) => Math.log2(c.plan1 / c.n) / 2),
  plan('plan-28', 'planner over current replicas, 28 ticks of memory', (c) => Math.log2(c.plan28 / c.n) / 2),

  past('present', 'log2 of the present load in replicas', (c) => Math.log2(c.situation.load + 0.2) / 3),
  past('newest', 'newest arrivals over the present load', (c) => overLoad(c.past, at(c.demand.arrivals, c.newest)) / 3),
  ...stretches,
  past('hour', "the hour's 95th percentile over the present load", (c) => overLoad(c.past, hourOf(c.past)) / 3),
  since('since-peak', 'share of the window since 0.8 times its largest arrivals', (c) => sincePeak(c.past, 0.8)),
  since('since-half-peak', 'share of the window since half its largest arrivals', (c) => sincePeak(c.past, 0.5)),
  since('since-quiet', 'share of the window since half its mean arrivals', (c) => sinceQuiet(c.past)),
  since('season', 'length of the season found, over the longest', (c) => c.season.ticks / 48),
  since('season-fit', 'how well arrivals repeat after it (autocorrelation)', (c) => c.season.correlation),
  past(
    'season-short',
    'largest arrivals a season ago, on the short horizon',
    (c) => overLoad(c.past, peakOfSeason(c.past, c.season, 'short')) / 3,
  ),
  past(
    'season-long',
    'the same on the long horizon',
    (c) => overLoad(c.past, peakOfSeason(c.past, c.season, 'long')) / 3,
  ),
];

function queueSeconds({ demand, capacity, r, newest }: FeatureContext): number {
  return at(demand.queue, newest) / (capacity.throughput * r);
}

/** A latency of four ticks ago says nothing about now: older samples are no evidence. */
function newestLatency({ window }: FeatureContext, name: 'p99Latency' | 'meanLatency'): number {
  const sample = latest(window, name);
  return sample && sample.ticksAgo < 4 && sample.value > 0 ? sample.value : Number.NaN;
}

/** Variance over mean of arrivals per tick: 1 for a Poisson process. */
function dispersion({ demand, window }: FeatureContext): number {
  const perTick = window.grid.interval;
  let sum = 0;
  let squares = 0;
  for (const rate of demand.arrivals) {
    sum += rate * perTick;
    squares += square(rate * perTick);
  }
  const count = demand.arrivals.length;
  const mean = sum / count;
  return mean > 0 ? Math.max(1 / 64, (squares / count - mean * mean) / mean) : 1;
}

function deviationOfDifferences(values: Float64Array): number {
  let squares = 0;
  for (let i = 1; i < values.length; i++) squares += square((values[i] as number) - (values[i - 1] as number));
  return Math.sqrt(squares / Math.max(1, values.length - 1));
}

function startingAge({ window, capacity, situation }: FeatureContext, name: SignalName): number {
  return situation.startingReplicas > 0 ? (latest(window, name)?.value ?? 0) / capacity.coldStart : 0;
}

function recency(window: Window, direction: 1 | -1): number {
  const { specReplicas } = window.series;
  for (let i = specReplicas.length - 1; i > 0; i--) {
    const change = (specReplicas[i] as number) - (specReplicas[i - 1] as number);
    if (Math.sign(change) === direction) return Math.exp(-(specReplicas.length - 1 - i) / 8);
  }
  return 0;
}
