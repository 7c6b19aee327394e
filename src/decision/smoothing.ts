import { power } from '../base/power.js';

/** Exponentially weighted mean at every index, started at the first value. `alpha` in (0, 1]. */
export function ewma(values: Float64Array, alpha: number): Float64Array {
  const out = new Float64Array(values.length);
  let level = values[0] ?? 0;
  for (let i = 0; i < values.length; i++) {
    level += alpha * ((values[i] as number) - level);
    out[i] = level;
  }
  return out;
}

/**
 * Holt's linear method with a damped trend (Gardner and McKenzie 1985): level and trend at every index. The forecast h steps
 * ahead is level + dampedHorizon(phi, h) * trend.
 */
export function holt(
  values: Float64Array,
  alpha: number,
  beta: number,
  phi: number,
): { readonly level: Float64Array; readonly trend: Float64Array } {
  const levels = new Float64Array(values.length);
  const trends = new Float64Array(values.length);
  let level = values[0] ?? 0;
  let trend = 0;
  for (let i = 0; i < values.length; i++) {
    const expected = level + phi * trend;
    const next = expected + alpha * ((values[i] as number) - expected);
    trend = beta * (next - level) + (1 - beta) * phi * trend;
    level = next;
    levels[i] = level;
    trends[i] = trend;
  }
  return { level: levels, trend: trends };
}

/** phi + phi^2 + ... + phi^steps, for any real steps >= 0; 0 < phi < 1. */
export function dampedHorizon(phi: number, steps: number): number {
  return (phi * (1 - power(phi, steps))) / (1 - phi);
}
