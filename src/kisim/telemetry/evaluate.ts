import type { Seconds } from '../../base/units.js';
import { ENGINE_SIGNALS, type Rates, smaller } from './engine-signals.js';
import { noSignals, type Signals } from './history.js';
import type { KubeState } from './kube-state.js';
import { COLUMN, type PodSeries } from './pod-series.js';
import { computeRate } from './rate.js';
import type { SlidingQuantile } from './sliding-quantile.js';
import type { TelemetryOptions } from './telemetry-options.js';

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
  readonly kubeScrapedAt: Seconds;
  /** How long a sample stands for the present. */
  readonly lookback: Seconds;
  /** Requests inside at the last evaluations, newest last. */
  readonly inside: number[];
  readonly hour: SlidingQuantile;
  /** What rates are added up in, as `createSums` made it. */
  readonly sums: Pick<Rates, 'short' | 'long'>;
}

/** Room for the sums of all columns over both ranges. */
export function createSums({ latencyBounds }: TelemetryOptions): Stored['sums'] {
  const width = COLUMN.buckets + latencyBounds.length + 1;
  return { short: new Float64Array(width), long: new Float64Array(width) };
}

/** Answers every query at `at`, one evaluation after the other. A query without a result is NaN. */
export function evaluate(at: Seconds, stored: Stored): Signals {
  const signals = noSignals();
  evaluateGauges(at, stored, signals);
  const ended = evaluateRates(at, stored, signals);
  evaluateKube(at, stored, signals);
  evaluateArrivals(at, stored, signals, ended);
  return signals;
}

function evaluateGauges(at: Seconds, { series, options, lookback }: Stored, signals: Signals): void {
  const engine = ENGINE_SIGNALS[options.engine];
  let newest = Number.NEGATIVE_INFINITY;
  let scraped = 0;
  let busy = 0;
  let busyPods = 0;
  for (const pod of series) {
    if (pod.isStale || pod.sampledAt <= at - lookback) continue;
    const share = pod.busyShare;
    if (!Number.isNaN(share)) {
      busy += share;
      busyPods++;
    }
    signals.gpuMemoryHeadroom = smaller(signals.gpuMemoryHeadroom, pod.newest(COLUMN.gpuHeadroom));
    engine.addGauges(signals, pod);
    if (Number.isNaN(pod.newest(engine.livePart))) continue;
    scraped++;
    newest = Math.max(newest, pod.sampledAt);
  }
  if (scraped > 0) {
    signals.scrapedReplicas = scraped;
    signals.sampleAge = at - newest;
  }
  if (busyPods > 0) signals.gpuUtilization = Math.min(1, busy / busyPods);
}

/** Returns the rate at which requests ended, aborted ones included. */
function evaluateRates(at: Seconds, { series, options, sums }: Stored, signals: Signals): number {
  const { interval } = options.grid;
  const engine = ENGINE_SIGNALS[options.engine];
  const { short, long } = sums;
  short.fill(Number.NaN);
  long.fill(Number.NaN);
  for (const pod of series) {
    pod.addRates(short, at, SHORT * interval, COLUMN.completed, engine.freshTo);
    pod.addRates(long, at, LONG * interval, COLUMN.completed, long.length);
  }
  const rates = { short, long, latencyBounds: options.latencyBounds };
  engine.setRates(signals, rates);
  return engine.ended(rates);
}

function evaluateKube(at: Seconds, { kube, kubeScrapedAt, lookback, options }: Stored, signals: Signals): void {
  if (!kube || kubeScrapedAt <= at - lookback) return;
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
function evaluateArrivals(
  at: Seconds,
  { options, inside, hour, gateway }: Stored,
  signals: Signals,
  ended: number,
): void {
  const { interval } = options.grid;
  if (options.hasGateway) {
    signals.arrivalRate = computeRate(gateway.at, gateway.count, at, SHORT * interval) ?? Number.NaN;
  }
  const now = ENGINE_SIGNALS[options.engine].inside(signals);
  inside.push(now);
  const before = inside.length > LONG ? (inside.shift() as number) : Number.NaN;
  hour.push(Math.max(0, ended + (now - before) / (LONG * interval)));
  signals.arrivalRateP95Hour = hour.quantile(0.95);
}
