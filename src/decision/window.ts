import type { Seconds } from '../base/units.js';
import { perSignal, SIGNAL_NAMES, SIGNALS, type SignalName } from './signal.js';

/** Decisions live on a grid of ticks, so that every replica of the scaler, and a restarted one, sees the same window. */
export interface Grid {
  /** Seconds between ticks; equal to the scrape interval. */
  readonly interval: Seconds;
  /** Ticks in a window. */
  readonly ticks: number;
  /** A window of tick t is evaluated at t - lag, so that every scrape up to there has been stored. */
  readonly lag: Seconds;
}

export const DEFAULT_GRID: Grid = { interval: 15, ticks: 64, lag: 15 };

/**
 * The telemetry one decision is made from. `series[name]` is a Float64Array [grid.ticks], oldest first (depth `window`), or
 * [1] (depth `latest`). NaN means "no sample at that tick", which is different from 0 and never leaves `decision/`.
 */
export interface Window {
  /** Unix seconds, a multiple of grid.interval: the tick this window decides. */
  readonly tick: Seconds;
  readonly grid: Grid;
  readonly series: Readonly<Record<SignalName, Float64Array>>;
}

/** The last grid point at or before `now`. */
export function tickAt(now: Seconds, interval: Seconds): Seconds {
  return Math.floor(now / interval) * interval;
}

/** A window without any sample: what builders start from. */
export function emptyWindow(tick: Seconds, grid: Grid): Window {
  const series = perSignal((name) =>
    new Float64Array(SIGNALS[name].depth === 'window' ? grid.ticks : 1).fill(Number.NaN),
  );
  return { tick, grid, series };
}

/** The newest sample and how many ticks ago it was, or undefined when the window has none. */
export function latest(
  window: Window,
  name: SignalName,
): { readonly value: number; readonly ticksAgo: number } | undefined {
  const series = window.series[name];
  for (let i = series.length - 1; i >= 0; i--) {
    const value = series[i] as number;
    if (!Number.isNaN(value)) return { value, ticksAgo: series.length - 1 - i };
  }
  return undefined;
}

/** The newest sample, or `otherwise` when the window has none. */
export function latestOr(window: Window, name: SignalName, otherwise: number): number {
  return latest(window, name)?.value ?? otherwise;
}

/**
 * The window without samples outside their signal's range (infinities, negatives, seconds that became milliseconds): those
 * become gaps, because a clipped number would look like a measurement. Returns the same object when all samples are legal.
 */
export function withoutIllegalSamples(window: Window): Window {
  let cleaned: Record<SignalName, Float64Array> | undefined;
  for (const name of SIGNAL_NAMES) {
    const series = window.series[name];
    const { min, max } = SIGNALS[name];
    if (isLegal(series, min, max)) continue;
    cleaned ??= { ...window.series };
    cleaned[name] = series.map((value) => (value >= min && value <= max ? value : Number.NaN));
  }
  return cleaned ? { ...window, series: cleaned } : window;
}

function isLegal(series: Float64Array, min: number, max: number): boolean {
  for (let i = 0; i < series.length; i++) {
    const value = series[i] as number;
    if (value < min || value > max) return false;
  }
  return true;
}
