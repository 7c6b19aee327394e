import { OBSERVATION_SIZE } from '../decision/observation.js';
import type { ModelOutput } from '../policies/onnx/onnx-policy.js';
import type { PolicyNetworks } from './onnx/write-model.js';

/**
 * Forecaster and actor on the training's own kernels, at once and on this thread: what a simulation of a million ticks needs,
 * where every hop to onnxruntime's threads costs more than the networks do. Outputs as the ONNX file's.
 * @param rows [batch][OBSERVATION_SIZE]; at most as many rows as the networks take
 */
export function runNetworks({ forecaster, actor }: PolicyNetworks, rows: Float32Array, batch: number): ModelOutput {
  const quantiles = forecaster.forward(rows, batch);
  const width = quantiles.length / batch;
  const seen = new Float32Array(batch * (OBSERVATION_SIZE + width));
  for (let row = 0; row < batch; row++) {
    const at = row * (OBSERVATION_SIZE + width);
    seen.set(rows.subarray(row * OBSERVATION_SIZE, (row + 1) * OBSERVATION_SIZE), at);
    seen.set(quantiles.subarray(row * width, (row + 1) * width), at + OBSERVATION_SIZE);
  }
  return { quantiles, logits: actor.forward(seen, batch) };
}
