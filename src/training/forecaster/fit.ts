import type { Rng } from '../../base/rng.js';
import { FORECAST_SIZE } from '../../decision/forecast.js';
import { OBSERVATION_SIZE } from '../../decision/observation.js';
import { gatherRows } from '../gather.js';
import { Mlp } from '../mlp.js';
import { shuffle } from '../shuffle.js';
import { writePinballGradient } from './pinball.js';
import { type SampleSet, TARGETS } from './samples.js';

export interface FitOptions {
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batch: number;
  /** Falls linearly to 0. */
  readonly learningRate: number;
}

/** The study's: 64-64, six epochs; a wider one had a better loss and a worse tail. */
export const FIT_DEFAULTS: FitOptions = { hidden: [64, 64], epochs: 6, batch: 1024, learningRate: 2e-3 };

const MAX_GRADIENT_NORM = 1;

/**
 * The quantile network: pinball loss, Adam, batches in random order. The same samples and seed give the same weights, to the
 * byte. Told after each epoch with its share of the whole.
 */
export async function fitForecaster(
  { count, rows, targets }: SampleSet,
  rng: Rng,
  options: FitOptions = FIT_DEFAULTS,
  onEpoch: (done: number) => Promise<void> = async () => {},
): Promise<Mlp> {
  const { hidden, epochs, batch, learningRate } = options;
  const network = new Mlp([OBSERVATION_SIZE, ...hidden, FORECAST_SIZE], batch);
  network.initialize(rng.stream('forecaster'), 0.1);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const shuffling = rng.stream('order');
  const steps = epochs * Math.floor(count / batch);
  const gradient = new Float32Array(batch * FORECAST_SIZE);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, shuffling);
    for (let start = 0; start + batch <= count; start += batch) {
      const chosen = order.subarray(start, start + batch);
      const outputs = network.forward(gatherRows(rows, chosen, OBSERVATION_SIZE), batch);
      writePinballGradient(outputs, gatherRows(targets, chosen, TARGETS), gradient);
      network.backward(gradient);
      network.descend(learningRate * (1 - step++ / steps), MAX_GRADIENT_NORM);
    }
    await onEpoch((epoch + 1) / epochs);
  }
  return network;
}

/** Raw outputs [count][FORECAST_SIZE] for so many rows. */
export function forecastAll(network: Mlp, rows: Float32Array, count: number, batch = 1024): Float32Array {
  const out = new Float32Array(count * FORECAST_SIZE);
  for (let start = 0; start < count; start += batch) {
    const size = Math.min(batch, count - start);
    const part = rows.subarray(start * OBSERVATION_SIZE, (start + size) * OBSERVATION_SIZE);
    out.set(network.forward(part, size), start * FORECAST_SIZE);
  }
  return out;
}
