import { quantileSorted } from '../../base/statistics.js';
import type { Replicas } from '../../base/units.js';
import { FORECAST_SIZE, horizonsOf, LEVELS } from '../../decision/forecast.js';
import { PEAK_TICKS, peakAhead, ticksOf } from '../../decision/peak-ahead.js';
import { dampedHorizon, holt } from '../../decision/smoothing.js';
import { DEFAULT_GRID } from '../../decision/window.js';
import { findSeason, forecastSeasonalNaive } from '../../policies/seasonal-naive.js';
import { type Forecaster, type ForecastInputs, HISTORY } from './forecaster.js';
import { TARGETS, targetOf } from './samples.js';

/** One number a tick: the load `step` >= 1 ticks after the end of a history. */
export type PointForecast = (history: Float64Array) => (step: number) => Replicas;

/** The load stays what it was over the last minute. */
const naive: PointForecast = (history) => {
  const last = history.subarray(-PEAK_TICKS).reduce((sum, load) => sum + load, 0) / PEAK_TICKS;
  return () => last;
};

/** Each tick is what it was one season before, where the history has one; else the last value of a minute's mean. */
const seasonalNaive: PointForecast = (history) => {
  const smooth = history.map((_, i) => {
    const recent = history.subarray(Math.max(0, i + 1 - PEAK_TICKS), i + 1);
    return recent.reduce((sum, load) => sum + load, 0) / recent.length;
  });
  const season = findSeason(smooth, ALIKE);
  return (step) => forecastSeasonalNaive(smooth, season, step);
};

/** How alike two seasons must be (the law's default). */
const ALIKE = 0.3;
/** Level, trend and damping of the planner's own forecast (policy study, features). */
const HOLT = [0.2, 0.06, 0.95] as const;

/** Holt's linear method with a damped trend (Gardner and McKenzie 1985). */
const dampedHolt: PointForecast = (history) => {
  const { level, trend } = holt(history, HOLT);
  const [last = 0, slope = 0] = [level.at(-1), trend.at(-1)];
  return (step) => Math.max(0, last + dampedHorizon(HOLT[2], step) * slope);
};

export const POINT_FORECASTS: Readonly<Record<string, PointForecast>> = {
  naive,
  'seasonal-naive': seasonalNaive,
  'damped-holt': dampedHolt,
};

/** Raw peaks [count][TARGETS] of a point forecast, as targets are: what the largest minute's mean within each horizon will be. */
export function forecastPeaks(
  point: PointForecast,
  { count, history, loads, coldStarts }: ForecastInputs,
): Float32Array {
  const { interval } = DEFAULT_GRID;
  const peaks = new Float32Array(count * TARGETS);
  for (let i = 0; i < count; i++) {
    const ahead = point(Float64Array.from(history.subarray(i * HISTORY, (i + 1) * HISTORY)));
    const { short, long } = horizonsOf(coldStarts[i] as number);
    const reach = Math.max(PEAK_TICKS, ticksOf(long, interval));
    const future = Float64Array.from({ length: reach }, (_, step) => ahead(step + 1));
    for (const [j, horizon] of [short, long].entries())
      peaks[i * TARGETS + j] = targetOf(peakAhead(future, 0, ticksOf(horizon, interval)) ?? 0, loads[i] as number);
  }
  return peaks;
}

/**
 * A point forecast with the quantiles of its own errors around it, as they were on the samples that it learns from: the least that
 * makes a classical method a quantile forecast.
 */
export function fitPointForecaster(
  name: string,
  point: PointForecast,
  samples: ForecastInputs & { readonly targets: Float32Array },
): Forecaster {
  const peaks = forecastPeaks(point, samples);
  const errors = Array.from({ length: TARGETS }, (_, j) =>
    Float64Array.from({ length: samples.count }, (_, i) => {
      const at = i * TARGETS + j;
      return (samples.targets[at] as number) - (peaks[at] as number);
    }).sort(),
  );
  const quantiles = errors.flatMap((sorted) => LEVELS.map((level) => quantileSorted(sorted, level)));
  return {
    name,
    forecast: (inputs) => {
      const own = forecastPeaks(point, inputs);
      return Float32Array.from({ length: inputs.count * FORECAST_SIZE }, (_, at) => {
        const [i, j] = [Math.floor(at / FORECAST_SIZE), at % FORECAST_SIZE];
        return (own[i * TARGETS + Math.floor(j / LEVELS.length)] as number) + (quantiles[j] as number);
      });
    },
  };
}
