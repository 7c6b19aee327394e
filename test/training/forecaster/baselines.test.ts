import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import { FORECAST_SIZE, LEVELS } from '../../../src/decision/forecast.js';
import { compareForecasters } from '../../../src/training/forecaster/compare-forecasters.js';
import { fitLstm } from '../../../src/training/forecaster/fit-lstm.js';
import { createInputs, HISTORY } from '../../../src/training/forecaster/forecaster.js';
import { Lstm } from '../../../src/training/forecaster/lstm.js';
import { scoreForecast } from '../../../src/training/forecaster/pinball.js';
import {
  fitPointForecaster,
  forecastPeaks,
  POINT_FORECASTS,
} from '../../../src/training/forecaster/point-forecasters.js';
import { TARGETS } from '../../../src/training/forecaster/samples.js';
import { openWorld } from '../../../src/training/worlds/world.js';

/** Samples of histories and of what came; cold starts of a minute. */
function buildSamples(count: number, historyOf: (i: number) => readonly number[], targetOf: (i: number) => number) {
  const inputs = createInputs(count);
  for (let i = 0; i < count; i++) inputs.history.set(historyOf(i), i * HISTORY);
  inputs.loads.fill(2);
  inputs.coldStarts.fill(60);
  const targets = Float32Array.from({ length: count * TARGETS }, (_, at) => targetOf(Math.floor(at / TARGETS)));
  return { ...inputs, targets };
}

const flat = Array.from({ length: HISTORY }, () => 2);
const point = (name: string) => POINT_FORECASTS[name] as NonNullable<(typeof POINT_FORECASTS)[string]>;

describe('forecasting baselines', () => {
  it('say of a load that stays as it is that it will', () => {
    const samples = buildSamples(
      3,
      () => flat,
      () => 0,
    );
    for (const name of Object.keys(POINT_FORECASTS))
      for (const peak of forecastPeaks(point(name), samples)) expect(peak, name).to.be.closeTo(0, 1e-6);
  });

  it('see what they are made for: a trend, and a crest that comes back', () => {
    const rising = buildSamples(
      1,
      () => flat.map((_, i) => 0.05 * i),
      () => 0,
    );
    const [naive = 0] = forecastPeaks(point('naive'), rising);
    expect(forecastPeaks(point('damped-holt'), rising)[0]).to.be.above(naive);
    // The next crest is due in the coming minute; four ticks long, every twenty ticks.
    const wave = buildSamples(
      1,
      () => flat.map((_, i) => ((i + 14) % 20 < 4 ? 8 : 1)),
      () => 0,
    );
    expect(forecastPeaks(point('seasonal-naive'), wave)[0]).to.be.above(1);
    expect(forecastPeaks(point('naive'), wave)[0]).to.be.below(0);
  });

  it('cover each level as often as it says, where errors are as they were', () => {
    const rng = createRng(5);
    const samples = buildSamples(
      4000,
      () => flat,
      () => 3 * rng.next(),
    );
    const { forecast } = fitPointForecaster('naive', point('naive'), samples);
    const { coverage } = scoreForecast(forecast(samples), samples.targets);
    for (const [i, covered] of coverage.entries())
      expect(covered).to.be.closeTo(LEVELS[i % LEVELS.length] as number, 0.01);
  });
});

describe('LSTM', () => {
  it('has the gradient that finite differences have', () => {
    const rng = createRng(2);
    const network = new Lstm({ hidden: 3, steps: 5, extras: 2, outputs: 2 });
    network.initialize(rng);
    const series = Float64Array.from({ length: 5 }, () => rng.next());
    const extras = Float64Array.from({ length: 2 }, () => rng.next());
    const weights = [0.7, -1.3];
    const loss = (): number =>
      network.forward(series, extras).reduce((sum, out, k) => sum + (weights[k] ?? 0) * out, 0);
    loss();
    network.backward(series, extras, weights);
    for (let i = 0; i < network.parameters.length; i++) {
      const kept = network.parameters[i] as number;
      network.parameters[i] = kept + 1e-5;
      const above = loss();
      network.parameters[i] = kept - 1e-5;
      const below = loss();
      network.parameters[i] = kept;
      expect(network.gradient[i], `parameter ${i}`).to.be.closeTo((above - below) / 2e-5, 1e-7);
    }
  });

  it('learns what a naive forecast cannot know, and the same from the same seed', async () => {
    const rng = createRng(3);
    // What comes is what was half the window ago: twice the load, or half of it.
    const signs = Array.from({ length: 400 }, () => (rng.next() < 0.5 ? -1 : 1));
    const samples = buildSamples(
      signs.length,
      (i) => flat.map((load, tick) => (tick >= 50 && tick < 56 ? load * (signs[i] === 1 ? 2 : 0.5) : load)),
      (i) => signs[i] as number,
    );
    const options = { hidden: 4, epochs: 10, learningRate: 0.05 };
    const learn = async () => (await fitLstm(samples, createRng(7), options)).forecast(samples);
    const outputs = await learn();
    const naive = fitPointForecaster('naive', point('naive'), samples).forecast(samples);
    const { loss } = scoreForecast(naive, samples.targets);
    expect(scoreForecast(outputs, samples.targets).loss).to.be.below(0.6 * loss);
    expect(await learn()).to.deep.equal(outputs);
  }).timeout(60_000);
});

describe('comparison of forecasters', () => {
  it('judges all of them on the same episodes, families apart and together, and repeats itself', async () => {
    const options = { world: openWorld(), seed: 4, episodes: 6, price: 30 };
    const results = await compareForecasters(options, async () => {});
    const all = results.filter(({ family }) => family === 'all');
    expect(all.map(({ forecaster }) => forecaster)).to.deep.equal([
      'naive',
      'seasonal-naive',
      'damped-holt',
      'lstm',
      'quantile-network',
    ]);
    expect(new Set(all.map(({ count }) => count)).size).to.equal(1);
    expect(all[0]?.valueAdded).to.equal(0);
    for (const { coverage, cost, missRate } of results) {
      expect(coverage).to.have.length(FORECAST_SIZE);
      expect(cost).to.be.above(0);
      expect(missRate).to.be.within(0, 1);
    }
    const parts = results.filter(({ family, forecaster }) => family !== 'all' && forecaster === 'naive');
    expect(parts.reduce((sum, { count }) => sum + count, 0)).to.equal(all[0]?.count);
    expect(await compareForecasters(options, async () => {})).to.deep.equal(results);
  }).timeout(240_000);
});
