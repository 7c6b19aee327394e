import type { Seconds } from '../../base/units.js';
import { histogramQuantile } from './histogram-quantile.js';
import { noSignals, type SignalHistory, type Signals } from './history.js';
import type { KubeState } from './kube-state.js';
import { COLUMN, type PodSeries } from './pod-series.js';
import { computeRate } from './rate.js';
import type { SlidingQuantile } from './sliding-quantile.js';
import type { TelemetryOptions } from './telemetry.js';

export const HOUR: Seconds = 3600;
/** Ranges of `rate` in scrape intervals: completions as fresh as a rate can be, everything else over a minute at 15 s. */
const SHORT = 2;
export const LONG = 4;

/** What an evaluation may look at: the samples stored so far. */
export interface Stored {
  readonly options: TelemetryOptions;
  readonly series: readonly PodSeries[];
  readonly gateway: { readonly at: readonly Seconds[]; readonly count: readonly number[] };
  readonly kube: KubeState | undefined;
  readonly history: SignalHistory;
  readonly hour: SlidingQuantile;
}

/** Answers every query at `at`, the evaluation time of the tick with this number. A query without a result is NaN. */
export function evaluate(at: Seconds, number: number, stored: Stored): Signals {
  const signals = noSignals();
  evaluateGauges(at, stored, signals);
  evaluateRates(at, stored, signals);
  evaluateKube(at, stored, signals);
  evaluateArrivals(at, number, stored, signals);
  return signals;
}

function evaluateGauges(at: Seconds, { series, options }: Stored, signals: Signals): void {
  let scraped = 0;
  let queue = 0;
  let running = 0;
  let kvUsage = 0;
  let newest = Number.NEGATIVE_INFINITY;
  let busy = 0;
  let busyPods = 0;
  for (const pod of series) {
    if (pod.isStale || pod.sampledAt === Number.NEGATIVE_INFINITY) continue;
    scraped++;
    queue += pod.newest(COLUMN.waiting);
    running += pod.newest(COLUMN.running);
    kvUsage = Math.max(kvUsage, pod.newest(COLUMN.kvUsage));
    newest = Math.max(newest, pod.sampledAt);
    const share = pod.busyShare;
    if (!Number.isNaN(share)) {
      busy += share;
      busyPods++;
    }
  }
  if (scraped === 0) return;
  signals.scrapedReplicas = scraped;
  signals.queueDepth = queue;
  signals.runningRequests = running;
  signals.kvUsage = kvUsage;
  signals.sampleAge = at - newest;
  signals.gpuMemoryHeadroom = options.gpuMemoryHeadroom;
  if (busyPods > 0) signals.gpuUtilization = Math.min(1, busy / busyPods);
}

function evaluateRates(at: Seconds, { series, options }: Stored, signals: Signals): void {
  const { interval } = options.grid;
  const width = COLUMN.buckets + options.latencyBounds.length + 1;
  const short = new Float64Array(width);
  const long = new Float64Array(width);
  let hasShort = false;
  let hasLong = false;
  for (const pod of series) {
    if (pod.addRates(short, at, SHORT * interval, COLUMN.completed, COLUMN.aborted + 1)) hasShort = true;
    if (pod.addRates(long, at, LONG * interval, COLUMN.completed, width)) hasLong = true;
  }
  if (hasShort) signals.completionRate = finishedOf(short);
  if (!hasLong) return;
  signals.finishedRate = finishedOf(long);
  signals.promptTokenRate = long[COLUMN.promptTokens] as number;
  signals.generationTokenRate = long[COLUMN.generationTokens] as number;
  signals.preemptionRate = long[COLUMN.preemptions] as number;
  signals.meanLatency = (long[COLUMN.latencySum] as number) / (long[COLUMN.latencyCount] as number);
  signals.p99Latency = histogramQuantile(0.99, options.latencyBounds, long.subarray(COLUMN.buckets));
}

/** Sum over the reasons for which requests finish. */
function finishedOf(rates: Float64Array): number {
  return (rates[COLUMN.completed] as number) + (rates[COLUMN.aborted] as number);
}

function evaluateKube(at: Seconds, { kube, options }: Stored, signals: Signals): void {
  if (!kube) return;
  signals.specReplicas = kube.specReplicas;
  signals.readyReplicas = kube.readyReplicas;
  signals.startingReplicas = kube.startingReplicas;
  signals.oldestStartingAge = at - kube.oldestStartedAt;
  signals.youngestStartingAge = at - kube.youngestStartedAt;
  signals.coldStartP90 = kube.coldStartP90;
  signals.hpaMinReplicas = Math.max(1, options.bounds.minReplicas);
  signals.hpaMaxReplicas = options.bounds.maxReplicas;
}

/** A gateway's counter where there is one; and the one-hour quantile of the estimate: completions + change of requests inside. */
function evaluateArrivals(at: Seconds, number: number, stored: Stored, signals: Signals): void {
  const { options, history, hour, gateway } = stored;
  const { interval } = options.grid;
  if (options.hasGateway) {
    signals.arrivalRate = computeRate(gateway.at, gateway.count, at, SHORT * interval) ?? Number.NaN;
  }
  const inside = signals.queueDepth + signals.runningRequests;
  const before = history.value('queueDepth', number - LONG) + history.value('runningRequests', number - LONG);
  hour.push(Math.max(0, signals.finishedRate + (inside - before) / (LONG * interval)));
  signals.arrivalRateP95Hour = hour.quantile(0.95);
}
