import { FORECAST_SIZE } from '../decision/forecast.js';
import { OBSERVATION_SIZE } from '../decision/observation.js';
import type { ModelOutput } from '../policies/onnx/onnx-policy.js';
import { besideRows } from './gather.js';
import type { PolicyNetworks } from './onnx/write-model.js';

/**
 * Forecaster and actor on the training's own kernels, at once and on this thread: what a simulation of a million ticks needs,
 * where every hop to onnxruntime's threads costs more than the networks do. Outputs as the ONNX file's.
 * @param rows [batch][OBSERVATION_SIZE]; at most as many rows as the networks take
 */
export function runNetworks({ forecaster, actor }: PolicyNetworks, rows: Float32Array, batch: number): ModelOutput {
  const quantiles = forecaster.forward(rows, batch);
  const seen = besideRows(rows, OBSERVATION_SIZE, quantiles, FORECAST_SIZE);
  return { quantiles, logits: actor.forward(seen, batch) };
}
