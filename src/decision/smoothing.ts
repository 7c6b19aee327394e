import { power } from '../base/power.js';

/** Exponentially weighted mean at every index, started at the first value. `alpha` in (0, 1]; `out` as long as `values`. */
export function ewma(
  values: Float64Array,
  alpha: number,
  out: Float64Array = new Float64Array(values.length),
): Float64Array {
  let level = values[0] ?? 0;
  for (let i = 0; i < values.length; i++) {
    level += alpha * ((values[i] as number) - level);
    out[i] = level;
  }
  return out;
}

/** Level and trend at every index. */
export interface Trend {
  readonly level: Float64Array;
  readonly trend: Float64Array;
}

/**
 * Holt's linear method with a damped trend (Gardner and McKenzie 1985): level and trend at every index. The forecast h steps
 * ahead is level + dampedHorizon(phi, h) * trend.
 */
export function holt(
  values: Float64Array,
  [alpha, beta, phi]: readonly [alpha: number, beta: number, phi: number],
  out: Trend = { level: new Float64Array(values.length), trend: new Float64Array(values.length) },
): Trend {
  const { level: levels, trend: trends } = out;
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
  return out;
}

/** phi + phi^2 + ... + phi^steps, for any real steps >= 0; 0 < phi < 1. */
export function dampedHorizon(phi: number, steps: number): number {
  return (phi * (1 - power(phi, steps))) / (1 - phi);
}
