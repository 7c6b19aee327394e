import { clamp } from '../base/numbers.js';
import type { Ratio, Replicas, Seconds } from '../base/units.js';
import type { Situation } from './situation.js';
import { latestOr } from './window.js';
import type { Workload } from './workload.js';

/** The quantiles that are forecast, of the peak load to come. */
export const LEVELS: readonly Ratio[] = [0.5, 0.75, 0.88, 0.95, 0.98, 0.995];

/** Numbers of one forecast: every level on the short horizon, then every level on the long one. */
export const FORECAST_SIZE: number = 2 * LEVELS.length;

/** Keeps a load of nothing away from log2(0), in replicas (policy study, "Forecaster"). */
export const LOAD_OFFSET = 0.2;

/** Quantiles of the largest 60 s mean of the load, in replicas, one per level and never falling. */
export interface Forecast {
  /** Within a cold start and half a minute: what a replica that is ordered now can still serve. */
  readonly short: readonly Replicas[];
  /** Within two cold starts and two and a half minutes: what a replica given up now would have to come back for. */
  readonly long: readonly Replicas[];
}

/** How far the two horizons of a forecast reach. */
export function horizonsOf(coldStart: Seconds): { readonly short: Seconds; readonly long: Seconds } {
  return { short: coldStart + 30, long: 2 * coldStart + 150 };
}

/**
 * A network's raw output as loads: log2((peak + 0.2) / (present load + 0.2)) per level, FORECAST_SIZE numbers at `offset`.
 * Crossed quantiles are put in order by taking the largest so far. Pure.
 */
export function readForecast(output: ArrayLike<number>, offset: number, { load }: Situation): Forecast {
  const read = (from: number): readonly Replicas[] => {
    let largest = 0;
    return LEVELS.map((_, i) => {
      const growth = Math.exp(Math.LN2 * (output[offset + from + i] as number));
      const peak = growth * (load + LOAD_OFFSET) - LOAD_OFFSET;
      largest = Math.max(largest, peak);
      return largest;
    });
  };
  return { short: read(0), long: read(LEVELS.length) };
}

/** The quantile of level `tau`, between two levels linear in their log-odds; beyond the outer ones the outer ones. */
export function quantileAt(quantiles: readonly Replicas[], tau: Ratio): Replicas {
  const at = LEVELS.findIndex((level) => level >= tau);
  if (at < 0) return quantiles[LEVELS.length - 1] as Replicas;
  if (at === 0) return quantiles[0] as Replicas;
  const low = logit(LEVELS[at - 1] as Ratio);
  const high = logit(LEVELS[at] as Ratio);
  const share = (logit(tau) - low) / (high - low);
  return (1 - share) * (quantiles[at - 1] as Replicas) + share * (quantiles[at] as Replicas);
}

function logit(p: Ratio): number {
  return Math.log(p / (1 - p));
}

/** Settings of the quantile law. */
export interface QplanOptions {
  /** Share of a replica's saturation throughput that is planned with, in (0, 1]; 0: what price and objective ask for. */
  readonly targetUtilization: Ratio;
  /** Level of the quantile that is planned for; 0: what price and objective ask for. */
  readonly tau: Ratio;
  /** Multiplies the floor that price and objective ask for; 0 switches the floor off. */
  readonly hourFloor: Ratio;
}

export const DEFAULT_QPLAN: QplanOptions = { targetUtilization: 0, tau: 0, hourFloor: 1 };

/** What a price of a miss and an objective ask of the quantile law. */
export interface Prudence {
  readonly targetUtilization: Ratio;
  readonly tau: Ratio;
  /** Never below this multiple of the load's 95th percentile over one hour. */
  readonly hourFloor: Ratio;
}

/** At this objective the law is as prudent as the price of a miss alone says. */
const PLAIN_LIMIT: Seconds = 4;

/**
 * The dearer a miss and the tighter the objective, the more prudent the law: within 4 s, at prices of 10, 30 and 100, it plans
 * with 90, 85 and 80 % of the throughput, for the quantiles 0.70, 0.83 and 0.905, and never below 1.2, 1.3 and 1.4 times the
 * hour's 95th percentile. A limit four times as long forgives what is short: the law is as prudent as at half the price. The
 * forms are ours, the constants chosen on the splits train and select (docs/policy.md); the study had 95 %, 0.75 to 0.95, and 1.3.
 */
export function prudenceOf({ missPrice, slo }: Pick<Workload, 'missPrice' | 'slo'>): Prudence {
  const price = missPrice * Math.sqrt(PLAIN_LIMIT / slo.limit);
  const decades = Math.log10(price);
  return {
    targetUtilization: clamp(1 - 0.1 * decades, 0.7, 0.95),
    tau: clamp(1 - 0.95 / Math.sqrt(price), LEVELS[0] as Ratio, LEVELS.at(-1) as Ratio),
    hourFloor: 1 + 0.2 * decades,
  };
}

/**
 * The quantile law as a real number of replicas, before rounding up and bounds: up to what the short horizon's quantile asks
 * for, down no further than the long horizon's allows; never below the hour's floor. Explains itself: "the 88th percentile of
 * the load within the next 120 s is 7.2 replicas". Pure.
 */
export function computeQplan(situation: Situation, forecast: Forecast, options: QplanOptions = DEFAULT_QPLAN): number {
  const { currentReplicas, backlog, capacity, window, workload } = situation;
  const asked = prudenceOf(workload);
  const tau = options.tau > 0 ? options.tau : asked.tau;
  const utilization = options.targetUtilization > 0 ? options.targetUtilization : asked.targetUtilization;
  const needOf = (quantiles: readonly Replicas[]): number => quantileAt(quantiles, tau) / utilization + backlog;
  const hour = latestOr(window, 'arrivalRateP95Hour', 0);
  const floor = (options.hourFloor * asked.hourFloor * hour) / capacity.throughput;
  const up = needOf(forecast.short);
  const planned =
    Math.ceil(up) >= currentReplicas ? up : Math.min(currentReplicas, Math.max(up, needOf(forecast.long)));
  return Math.max(floor, planned);
}
