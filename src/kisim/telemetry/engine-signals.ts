import type { Requests, Seconds } from '../../base/units.js';
import type { EngineName } from '../../decision/serving-profile.js';
import { histogramQuantile } from './histogram-quantile.js';
import type { Signals } from './history.js';
import { COLUMN, type PodSeries } from './pod-series.js';

/** Sums over the pods of `rate` of every column, over two scrapes and over four; NaN: no result. */
export interface Rates {
  readonly short: Float64Array;
  /** All columns from `completed` on. */
  readonly long: Float64Array;
  readonly latencyBounds: readonly Seconds[];
}

/** How the queries of an engine (signals/) read its series. */
export interface EngineSignals {
  /** The column whose series says that a pod is scraped, and when. */
  readonly livePart: number;
  /** The columns from `completed` up to here are needed over the short range. */
  readonly freshTo: number;
  /** Adds what one pod's gauges say. */
  readonly addGauges: (signals: Signals, pod: PodSeries) => void;
  readonly setRates: (signals: Signals, rates: Rates) => void;
  /** Requests that ended per second over the long range, for whatever reason. */
  readonly ended: (rates: Rates) => number;
  /** Requests inside the fleet, as far as gauges tell. */
  readonly inside: (signals: Signals) => Requests;
}

const VLLM_SIGNALS: EngineSignals = {
  livePart: COLUMN.running,
  freshTo: COLUMN.aborted + 1,
  addGauges(signals, pod) {
    signals.queueDepth = plus(signals.queueDepth, pod.newest(COLUMN.waiting));
    signals.kvUsage = larger(signals.kvUsage, pod.newest(COLUMN.kvUsage));
    signals.runningRequests = plus(signals.runningRequests, pod.newest(COLUMN.running));
  },
  setRates(signals, { short, long, latencyBounds }) {
    signals.completionRate = finishedOf(short);
    signals.finishedRate = long[COLUMN.completed] as number;
    signals.promptTokenRate = long[COLUMN.promptTokens] as number;
    signals.generationTokenRate = long[COLUMN.generationTokens] as number;
    signals.preemptionRate = long[COLUMN.preemptions] as number;
    signals.meanLatency = (long[COLUMN.latencySum] as number) / (long[COLUMN.latencyCount] as number);
    signals.p99Latency = histogramQuantile(0.99, latencyBounds, long.subarray(COLUMN.buckets));
  },
  ended: ({ long }) => finishedOf(long),
  inside: ({ queueDepth, runningRequests }) => queueDepth + runningRequests,
};

/** Running requests by Little's law, quantiles from each pod's own summary; see signals/triton-queries. */
const TRITON_SIGNALS: EngineSignals = {
  livePart: COLUMN.waiting,
  freshTo: COLUMN.latencySum + 1,
  addGauges(signals, pod) {
    signals.queueDepth = plus(signals.queueDepth, pod.newest(COLUMN.waiting));
    signals.p99Latency = larger(signals.p99Latency, pod.newest(COLUMN.recentP99));
  },
  setRates(signals, { short, long }) {
    signals.completionRate = finishedOf(short);
    signals.finishedRate = finishedOf(long);
    const executing = (short[COLUMN.latencySum] as number) - (short[COLUMN.queueSum] as number);
    signals.runningRequests = Math.max(0, executing);
    signals.meanLatency = (long[COLUMN.latencySum] as number) / (long[COLUMN.completed] as number);
  },
  ended: ({ long }) => finishedOf(long),
  inside: ({ queueDepth }) => queueDepth,
};

export const ENGINE_SIGNALS: Readonly<Record<EngineName, EngineSignals>> = {
  vllm: VLLM_SIGNALS,
  triton: TRITON_SIGNALS,
};

/** Sum over the reasons for which requests finish. */
function finishedOf(rates: Float64Array): number {
  return (rates[COLUMN.completed] as number) + (rates[COLUMN.aborted] as number);
}

/** Sum, maximum and minimum over the values that are there: NaN is none. */
function plus(sum: number, value: number): number {
  return Number.isNaN(sum) ? value : Number.isNaN(value) ? sum : sum + value;
}

function larger(largest: number, value: number): number {
  return Number.isNaN(largest) ? value : Number.isNaN(value) ? largest : Math.max(largest, value);
}

export function smaller(smallest: number, value: number): number {
  return Number.isNaN(smallest) ? value : Number.isNaN(value) ? smallest : Math.min(smallest, value);
}
