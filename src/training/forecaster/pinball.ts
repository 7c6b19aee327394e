import type { Ratio } from '../../base/units.js';
import { FORECAST_SIZE, LEVELS } from '../../decision/forecast.js';
import { TARGETS } from './samples.js';

/** Pinball loss of one quantile: level * error above it, (1 - level) * error below (Koenker and Bassett 1978). */
export function pinball(level: Ratio, target: number, quantile: number): number {
  const error = target - quantile;
  return error >= 0 ? level * error : (level - 1) * error;
}

/** How a forecaster did on samples; arrays are [FORECAST_SIZE], levels of the short horizon first. */
export interface ForecastScore {
  readonly count: number;
  /** Mean pinball loss over levels and horizons, in log2 of a load. */
  readonly loss: number;
  /** Share of targets at or below each quantile: equal to the level where the forecast is calibrated. */
  readonly coverage: readonly Ratio[];
}

/** Scores raw outputs [count][FORECAST_SIZE] against targets [count][TARGETS]. */
export function scoreForecast(outputs: Float32Array, targets: Float32Array): ForecastScore {
  const count = targets.length / TARGETS;
  const covered = new Float64Array(FORECAST_SIZE);
  let loss = 0;
  for (let row = 0; row < count; row++)
    for (let j = 0; j < FORECAST_SIZE; j++) {
      const target = targets[row * TARGETS + Math.floor(j / LEVELS.length)] as number;
      const quantile = outputs[row * FORECAST_SIZE + j] as number;
      loss += pinball(LEVELS[j % LEVELS.length] as Ratio, target, quantile);
      if (target <= quantile) covered[j] = (covered[j] as number) + 1;
    }
  return { count, loss: loss / (count * FORECAST_SIZE), coverage: [...covered].map((hits) => hits / count) };
}

/** Derivative of the mean pinball loss by the outputs, to `gradient` [rows][FORECAST_SIZE]. */
export function writePinballGradient(outputs: Float32Array, targets: Float32Array, gradient: Float32Array): void {
  const rows = targets.length / TARGETS;
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < FORECAST_SIZE; j++) {
      const i = row * FORECAST_SIZE + j;
      const level = LEVELS[j % LEVELS.length] as Ratio;
      const target = targets[row * TARGETS + Math.floor(j / LEVELS.length)] as number;
      gradient[i] = ((target > (outputs[i] as number) ? 0 : 1) - level) / rows;
    }
}
