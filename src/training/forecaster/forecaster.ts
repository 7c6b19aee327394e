import { ok } from '../../base/result.js';
import { FORECAST_SIZE, readForecast } from '../../decision/forecast.js';
import { OBSERVATION_SIZE, writeObservation } from '../../decision/observation.js';
import type { Situation } from '../../decision/situation.js';
import type { LearnedPolicy } from '../../policies/policy.js';
import { situationOf } from '../../policies/propose-each.js';

/** Ticks of the past that a forecaster may look at: a window's. */
export const HISTORY = 64;

/** What forecasts are made from, one row a forecast. */
export interface ForecastInputs {
  readonly count: number;
  /** Observations [count][OBSERVATION_SIZE]. */
  readonly rows: Float32Array;
  /** Arrivals of the past in believed replicas, oldest first [count][HISTORY]. */
  readonly history: Float32Array;
  /** Believed present load in replicas, and cold start [count]. */
  readonly loads: Float32Array;
  readonly coldStarts: Float32Array;
}

/** Quantiles of the peak load on both horizons; whatever it knows, it has learnt before. */
export interface Forecaster {
  readonly name: string;
  /** Raw outputs [count][FORECAST_SIZE], as `readForecast` reads them: log2((peak + 0.2) / (load + 0.2)). Pure. */
  readonly forecast: (inputs: ForecastInputs) => Float32Array;
}

/** Room for `count` inputs. */
export function createInputs(count: number): ForecastInputs {
  return {
    count,
    rows: new Float32Array(count * OBSERVATION_SIZE),
    history: new Float32Array(count * HISTORY),
    loads: new Float32Array(count),
    coldStarts: new Float32Array(count),
  };
}

/** Writes what is seen of a situation into row `index`. */
export function writeInput(situation: Situation, inputs: ForecastInputs, index: number): void {
  const { demand, capacity, load } = situation;
  writeObservation(situation, inputs.rows, index * OBSERVATION_SIZE);
  const { arrivals } = demand;
  for (let i = 0; i < HISTORY; i++)
    inputs.history[index * HISTORY + i] = (arrivals[arrivals.length - HISTORY + i] ?? 0) / capacity.throughput;
  inputs.loads[index] = load;
  inputs.coldStarts[index] = capacity.coldStart;
}

/** A forecaster behind the port that `qplan` asks. */
export function asForecast({ forecast }: Forecaster): LearnedPolicy['forecast'] {
  return (batch) => {
    const inputs = createInputs(batch.length);
    const situations = batch.map(({ workload, window }) => situationOf(workload, window));
    for (const [i, situation] of situations.entries()) writeInput(situation, inputs, i);
    const outputs = forecast(inputs);
    return Promise.resolve(situations.map((situation, i) => ok(readForecast(outputs, i * FORECAST_SIZE, situation))));
  };
}
