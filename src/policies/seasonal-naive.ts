import type { Demand } from '../decision/demand.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, linear, logarithmic, type OptionsOf } from './settings.js';

export const SEASONAL_NAIVE_SETTINGS = {
  season: {
    ...linear(0, [0, 960], 'seconds after which the load repeats itself; 0: found in the window'),
    sweep: [0, 0],
  },
  correlation: linear(
    0.3,
    [0, 1],
    'how alike two seasons must be for one to be found; else the last value is forecast',
  ),
  smoothing: logarithmic(60, [15, 960], 'seconds over which the load is averaged'),
  targetUtilization: linear(0.85, [0.1, 1], "share of a replica's saturation throughput that is planned with"),
} as const;
export type SeasonalNaiveOptions = OptionsOf<typeof SEASONAL_NAIVE_SETTINGS>;

/** Shortest season looked for, in ticks: below that there is nothing that a replica could be started for. */
const SHORTEST_SEASON = 8;

/**
 * The seasonal naive forecast (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.2): each
 * tick will be what it was one season before. Sized for the largest one from now until a cold start ahead, over planned
 * throughput, plus backlog. Its memory is the window, so a day is no season that it can see: the yardstick that a forecast has
 * to beat before it is worth anything.
 */
export function createSeasonalNaive(options: SeasonalNaiveOptions = defaultsOf(SEASONAL_NAIVE_SETTINGS)): Policy {
  return policyFromLaw('seasonal-naive', ({ window, demand, capacity, backlog }) => {
    const { interval } = window.grid;
    const load = smooth(demand.arrivals, Math.max(1, Math.round(options.smoothing / interval)));
    const season =
      options.season > 0 ? Math.max(1, Math.round(options.season / interval)) : findSeason(load, options.correlation);
    const horizon = Math.ceil(capacity.coldStart / interval);
    let largest = load.at(-1) ?? 0;
    for (let step = 1; step <= horizon; step++) largest = Math.max(largest, forecastSeasonalNaive(load, season, step));
    return largest / (capacity.throughput * options.targetUtilization) + backlog;
  });
}

/** What comes `step` >= 1 ticks after the last value: that of the same tick of the last season seen, the oldest if none is. */
export function forecastSeasonalNaive(values: Float64Array, season: number, step: number): number {
  const back = season * Math.ceil(step / season) - step;
  return values[Math.max(0, values.length - 1 - back)] ?? 0;
}

/**
 * The lag, in ticks, at which the values correlate best with themselves, from 8 up to half of them, where that is a peak and at
 * least `enough`; else 1, which makes the forecast the naive one. Pure.
 */
export function findSeason(values: Float64Array, enough: number): number {
  let season = 1;
  let best = enough;
  for (let lag = SHORTEST_SEASON; lag <= values.length / 2; lag++) {
    const here = autocorrelation(values, lag);
    if (here <= best || here < autocorrelation(values, lag - 1) || here < autocorrelation(values, lag + 1)) continue;
    season = lag;
    best = here;
  }
  return season;
}

/** Pearson's correlation of the values with those `lag` before; 0 where either side is constant. */
function autocorrelation(values: Float64Array, lag: number): number {
  const n = values.length - lag;
  let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const a = values[i] as number;
    const b = values[i + lag] as number;
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  const spread = (xx - (x * x) / n) * (yy - (y * y) / n);
  return spread > 1e-12 * xx * yy ? (xy - (x * y) / n) / Math.sqrt(spread) : 0;
}

/** Trailing means over `ticks` values, over fewer where there are no more. */
function smooth(values: Demand['arrivals'], ticks: number): Float64Array {
  let sum = 0;
  return values.map((value, i) => {
    sum += value - (i >= ticks ? (values[i - ticks] as number) : 0);
    return sum / Math.min(i + 1, ticks);
  });
}
