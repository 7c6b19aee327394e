import type { Seconds } from '../base/units.js';
import type { Demand } from './demand.js';
import { horizonsOf, LOAD_OFFSET } from './forecast.js';
import { latestOr, type Window } from './window.js';

/** What the features of the past are computed from. */
export interface Past {
  readonly window: Window;
  readonly demand: Demand;
  readonly capacity: { readonly throughput: number; readonly coldStart: Seconds };
  /** Present load in replicas: what the forecast is a multiple of. */
  readonly load: number;
}

/** First and last tick ago of stretches beyond the newest eight ticks, each about as long as all before it. */
export const STRETCHES: readonly (readonly [number, number])[] = [
  [8, 11],
  [12, 15],
  [16, 23],
  [24, 31],
  [32, 47],
  [48, 63],
];

/** Seasons looked for, in ticks: from the shortest that a peak within 60 s can tell to what repeats once in a window. */
const SHORTEST_SEASON = 6;
const LONGEST_SEASON = 48;

/** log2((rate in replicas + 0.2) / (load + 0.2)): the form of the forecast itself. */
export function overLoad({ capacity, load }: Past, rate: number): number {
  return Math.log2((rate / capacity.throughput + LOAD_OFFSET) / (load + LOAD_OFFSET));
}

/** Mean arrivals, requests/s, from `first` to `last` ticks ago. */
export function meanOfStretch({ demand: { arrivals } }: Past, first: number, last: number): number {
  let sum = 0;
  for (let ago = first; ago <= last; ago++) sum += arrivals[Math.max(0, arrivals.length - 1 - ago)] as number;
  return sum / (last - first + 1);
}

/** Largest arrivals, requests/s, from `first` to `last` ticks ago. */
export function maxOfStretch({ demand: { arrivals } }: Past, first: number, last: number): number {
  let largest = 0;
  for (let ago = first; ago <= last; ago++)
    largest = Math.max(largest, arrivals[Math.max(0, arrivals.length - 1 - ago)] as number);
  return largest;
}

/** The hour's 95th percentile of arrivals, requests/s; NaN where the window does not show it. */
export function hourOf({ window }: Past): number {
  return latestOr(window, 'arrivalRateP95Hour', Number.NaN);
}

/** Share of the window's ticks since arrivals were last at least `share` of their largest. */
export function sincePeak({ demand: { arrivals } }: Past, share: number): number {
  let largest = 0;
  for (const rate of arrivals) largest = Math.max(largest, rate);
  for (let i = arrivals.length - 1; i >= 0; i--)
    if ((arrivals[i] as number) >= share * largest) return (arrivals.length - 1 - i) / arrivals.length;
  return 1;
}

/** Share of the window's ticks since arrivals were last at most half of their mean: how long this burst lasts. */
export function sinceQuiet({ demand: { arrivals } }: Past): number {
  let sum = 0;
  for (const rate of arrivals) sum += rate;
  for (let i = arrivals.length - 1; i >= 0; i--)
    if ((arrivals[i] as number) <= sum / arrivals.length / 2) return (arrivals.length - 1 - i) / arrivals.length;
  return 1;
}

/** A season of the window's arrivals: its length in ticks, and the correlation of the arrivals with themselves so far back. */
export interface Season {
  readonly ticks: number;
  readonly correlation: number;
}

/** The lag at which arrivals repeat themselves best (largest autocorrelation); correlation 0 where nothing varies. */
export function findSeason({ demand: { arrivals } }: Past): Season {
  const count = arrivals.length;
  let mean = 0;
  for (const rate of arrivals) mean += rate / count;
  const centred = arrivals.map((rate) => rate - mean);
  let best: Season = { ticks: LONGEST_SEASON, correlation: 0 };
  for (let lag = SHORTEST_SEASON; lag <= LONGEST_SEASON; lag++) {
    let both = 0;
    let now = 0;
    let then = 0;
    for (let i = lag; i < count; i++) {
      const a = centred[i] as number;
      const b = centred[i - lag] as number;
      both += a * b;
      now += a * a;
      then += b * b;
    }
    const correlation = now > 0 && then > 0 ? both / Math.sqrt(now * then) : 0;
    if (correlation > best.correlation) best = { ticks: lag, correlation };
  }
  return best;
}

/** Largest arrivals that followed this point one season ago, over a horizon of the forecast (at most a season), requests/s. */
export function peakOfSeason(
  { demand: { arrivals }, window, capacity }: Past,
  season: Season,
  horizon: 'short' | 'long',
): number {
  const reach = Math.round(horizonsOf(capacity.coldStart)[horizon] / window.grid.interval);
  const from = arrivals.length - season.ticks;
  let largest = 0;
  for (let i = from; i < Math.min(arrivals.length, from + reach); i++)
    largest = Math.max(largest, arrivals[i] as number);
  return largest;
}
