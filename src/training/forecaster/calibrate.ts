import type { Ratio } from '../../base/units.js';
import { FORECAST_SIZE, LEVELS } from '../../decision/forecast.js';
import type { Mlp } from '../mlp.js';
import { forecastAll } from './fit.js';
import { type SampleSet, TARGETS } from './samples.js';

/** From this level on the tail begins. */
export const TAIL_LEVEL: Ratio = 0.95;

/** What lies beyond a level of the tail comes in few episodes, so of what may exceed it only this share is used up here. */
const TAIL_SHARE: Ratio = 0.7;

/**
 * Moves every output of a forecaster by a constant, so that on samples that it has not learnt from it covers what its level says,
 * in the tail a little more: the bias of level a is raised by the a-quantile of target - output there. Source: conformalized
 * quantile regression (Romano, Patterson and Candes 2019), its one-sided form.
 */
export function calibrateForecaster(network: Mlp, { count, rows, targets }: SampleSet, batch = 1024): void {
  const output = network.layers[network.layers.length - 1];
  if (!output || count === 0) return;
  const outputs = forecastAll(network, rows, count, batch);
  const errors = new Float32Array(count);
  for (let j = 0; j < FORECAST_SIZE; j++) {
    const horizon = Math.floor(j / LEVELS.length);
    for (let row = 0; row < count; row++)
      errors[row] = (targets[row * TARGETS + horizon] as number) - (outputs[row * FORECAST_SIZE + j] as number);
    errors.sort();
    const level = LEVELS[j % LEVELS.length] as Ratio;
    const beyond = (1 - level) * (level < TAIL_LEVEL ? 1 : TAIL_SHARE);
    const rank = Math.ceil((count + 1) * (1 - beyond));
    output.biases[j] = (output.biases[j] as number) + (errors[Math.min(count, rank) - 1] as number);
  }
}
