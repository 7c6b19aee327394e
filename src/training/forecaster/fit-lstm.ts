import type { Rng } from '../../base/rng.js';
import { FORECAST_SIZE, LOAD_OFFSET } from '../../decision/forecast.js';
import { shuffle } from '../shuffle.js';
import { type Forecaster, type ForecastInputs, HISTORY } from './forecaster.js';
import { Lstm } from './lstm.js';
import { writePinballGradient } from './pinball.js';
import { TARGETS } from './samples.js';

/** Ticks of the history that make one step of the network: half a minute. */
const TICKS_A_STEP = 2;
const STEPS = HISTORY / TICKS_A_STEP;
const BATCH = 64;
/** Adam's (Kingma and Ba 2015). */
const [DECAY, DECAY_SQUARED, EPSILON] = [0.9, 0.999, 1e-8];

export interface LstmOptions {
  readonly hidden: number;
  readonly epochs: number;
  /** Falls linearly to 0. */
  readonly learningRate: number;
}

export const LSTM_DEFAULTS: LstmOptions = { hidden: 16, epochs: 3, learningRate: 5e-3 };

/**
 * A recurrent quantile forecaster: it reads the load of the window half a minute a step, against the present one, and is told the
 * cold start and the present load. Pinball loss, Adam. The same samples and seed give the same weights.
 */
export async function fitLstm(
  samples: ForecastInputs & { readonly targets: Float32Array },
  rng: Rng,
  { hidden, epochs, learningRate }: LstmOptions = LSTM_DEFAULTS,
  onEpoch: (done: number) => Promise<void> = async () => {},
): Promise<Forecaster> {
  const network = new Lstm({ hidden, steps: STEPS, extras: 2, outputs: FORECAST_SIZE });
  network.initialize(rng.stream('lstm'));
  const order = Int32Array.from({ length: samples.count }, (_, i) => i);
  const shuffling = rng.stream('order');
  const descend = createAdam(network);
  const batches = Math.floor(samples.count / BATCH);
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, shuffling);
    for (let batch = 0; batch < batches; batch++) {
      for (let k = 0; k < BATCH; k++) learn(network, samples, order[batch * BATCH + k] as number);
      descend(learningRate * (1 - (epoch * batches + batch) / (epochs * batches)));
    }
    await onEpoch((epoch + 1) / epochs);
  }
  return { name: 'lstm', forecast: (inputs) => forecastLstm(network, inputs) };
}

function learn(network: Lstm, samples: ForecastInputs & { readonly targets: Float32Array }, index: number): void {
  const { series, extras } = readSeries(samples, index);
  const outputs = Float32Array.from(network.forward(series, extras));
  const gradient = new Float32Array(FORECAST_SIZE);
  writePinballGradient(outputs, samples.targets.subarray(index * TARGETS, (index + 1) * TARGETS), gradient);
  network.backward(
    series,
    extras,
    gradient.map((one) => one / BATCH),
  );
}

function forecastLstm(network: Lstm, inputs: ForecastInputs): Float32Array {
  const out = new Float32Array(inputs.count * FORECAST_SIZE);
  for (let i = 0; i < inputs.count; i++) {
    const { series, extras } = readSeries(inputs, i);
    out.set(network.forward(series, extras), i * FORECAST_SIZE);
  }
  return out;
}

function readSeries({ history, loads, coldStarts }: ForecastInputs, index: number) {
  const load = loads[index] as number;
  const series = Float64Array.from({ length: STEPS }, (_, step) => {
    let sum = 0;
    for (let i = 0; i < TICKS_A_STEP; i++) sum += history[index * HISTORY + step * TICKS_A_STEP + i] as number;
    return Math.log2((sum / TICKS_A_STEP + LOAD_OFFSET) / (load + LOAD_OFFSET));
  });
  const extras = Float64Array.of(Math.log2((coldStarts[index] as number) / 60) / 2, Math.log2(load + LOAD_OFFSET) / 4);
  return { series, extras };
}

/** One step against the gradient, which is 0 after it. */
function createAdam({ parameters, gradient }: Lstm): (learningRate: number) => void {
  const mean = new Float64Array(parameters.length);
  const square = new Float64Array(parameters.length);
  let [left, leftSquared] = [1, 1];
  return (learningRate) => {
    left *= DECAY;
    leftSquared *= DECAY_SQUARED;
    for (let i = 0; i < parameters.length; i++) {
      const slope = gradient[i] as number;
      mean[i] = DECAY * (mean[i] as number) + (1 - DECAY) * slope;
      square[i] = DECAY_SQUARED * (square[i] as number) + (1 - DECAY_SQUARED) * slope * slope;
      const step = (mean[i] as number) / (1 - left) / (Math.sqrt((square[i] as number) / (1 - leftSquared)) + EPSILON);
      parameters[i] = (parameters[i] as number) - learningRate * step;
    }
    gradient.fill(0);
  };
}
