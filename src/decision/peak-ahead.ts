import type { Seconds } from '../base/units.js';

/** Ticks over which a peak is averaged: 60 s of 15. */
export const PEAK_TICKS = 4;

/** Ticks that a horizon reaches. */
export function ticksOf(horizon: Seconds, interval: Seconds): number {
  return Math.round(horizon / interval);
}

/**
 * What is forecast: the largest mean of PEAK_TICKS ticks that begins at `tick` or later and ends within `reach` ticks (at least
 * PEAK_TICKS). Pure.
 * @param loads of every tick, replicas; undefined where they do not reach that far
 */
export function peakAhead(loads: ArrayLike<number>, tick: number, reach: number): number | undefined {
  const ticks = Math.max(PEAK_TICKS, reach);
  if (tick + ticks > loads.length) return undefined;
  let largest = 0;
  for (let start = tick; start + PEAK_TICKS <= tick + ticks; start++) {
    let sum = 0;
    for (let i = start; i < start + PEAK_TICKS; i++) sum += loads[i] as number;
    largest = Math.max(largest, sum / PEAK_TICKS);
  }
  return largest;
}
