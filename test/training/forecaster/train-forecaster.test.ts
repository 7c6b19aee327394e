import { expect } from 'chai';
import { uniform } from '../../../src/base/distributions.js';
import { createRng } from '../../../src/base/rng.js';
import { FORECAST_SIZE, LEVELS } from '../../../src/decision/forecast.js';
import { OBSERVATION_SIZE } from '../../../src/decision/observation.js';
import { drawEpisode } from '../../../src/training/episode.js';
import { calibrateForecaster, TAIL_LEVEL } from '../../../src/training/forecaster/calibrate.js';
import { collectSamples } from '../../../src/training/forecaster/collect.js';
import { FIT_DEFAULTS, fitForecaster, forecastAll } from '../../../src/training/forecaster/fit.js';
import { scoreForecast } from '../../../src/training/forecaster/pinball.js';
import { findThinTail, sampleEpisode, trainForecaster } from '../../../src/training/forecaster/train-forecaster.js';
import { openWorld } from '../../../src/training/worlds/world.js';

describe('the quantile network', () => {
  /** Targets uniform within a width that the first feature tells: quantiles are known in closed form. */
  const draw = (count: number, seed: number) => {
    const rng = createRng(seed);
    const rows = new Float32Array(count * OBSERVATION_SIZE);
    const targets = new Float32Array(count * 2);
    for (let i = 0; i < count; i++) {
      const width = uniform(rng, 0.5, 2);
      rows[i * OBSERVATION_SIZE] = width;
      targets[2 * i] = width * rng.next();
      targets[2 * i + 1] = 1 + width * rng.next();
    }
    return { count, rows, targets };
  };

  it('learns the quantiles of a law with a known answer, and covers unseen samples as its levels say', async () => {
    const network = await fitForecaster(draw(40_000, 1), createRng(2), { ...FIT_DEFAULTS, batch: 128 });
    const unseen = draw(20_000, 3);
    const outputs = forecastAll(network, unseen.rows, unseen.count, 128);
    const { coverage } = scoreForecast(outputs, unseen.targets);
    for (let j = 0; j < FORECAST_SIZE; j++) {
      const level = LEVELS[j % LEVELS.length] as number;
      expect(coverage[j], `coverage of ${level}`).to.be.closeTo(level, 0.02);
      const exact = (j < LEVELS.length ? 0 : 1) + level * (unseen.rows[0] as number);
      expect(outputs[j], `quantile ${level}`).to.be.closeTo(exact, 0.12);
    }
  });

  it('covers what its levels say after calibration, however wrong it was', async () => {
    const network = await fitForecaster(draw(5000, 1), createRng(2), { ...FIT_DEFAULTS, batch: 128 });
    const output = network.layers.at(-1);
    output?.biases.forEach((bias, j) => {
      output.biases[j] = bias + (j % 2 === 0 ? -0.7 : 0.4);
    });
    const seen = draw(20_000, 3);
    const score = (samples: typeof seen) =>
      scoreForecast(forecastAll(network, samples.rows, samples.count, 128), samples.targets).coverage;
    expect(score(seen)[0]).to.be.below(0.2);
    calibrateForecaster(network, seen, 128);
    for (const [of, tolerance] of [
      [seen, 1e-3],
      [draw(20_000, 4), 0.01],
    ] as const)
      for (const [j, covered] of score(of).entries()) {
        const level = LEVELS[j % LEVELS.length] as number;
        expect(covered, `output ${j}`).to.be.closeTo(level < TAIL_LEVEL ? level : 1 - 0.7 * (1 - level), tolerance);
      }
  });

  it('gives the same weights for the same samples and seed', async () => {
    const weights = async (seed: number) => (await fitForecaster(draw(5000, 1), createRng(seed))).parameters.slice();
    const [one, again, other] = await Promise.all([weights(1), weights(1), weights(2)]);
    expect(Buffer.from(one.buffer).equals(Buffer.from(again.buffer))).to.equal(true);
    expect(Buffer.from(one.buffer).equals(Buffer.from(other.buffer))).to.equal(false);
  });
});

describe('training a forecaster', () => {
  it('plays episodes and scores on those kept apart', async () => {
    const shares: number[] = [];
    const world = openWorld();
    const sample = async (index: number) => sampleEpisode(world, 3, index);
    const { score } = await trainForecaster({ seed: 3, episodes: 10, sample, atOnce: 2 }, async (share) => {
      shares.push(share);
    });
    expect(score.count).to.be.above(50);
    expect(shares.at(-1)).to.be.closeTo(1, 1e-9);
    expect(shares).to.deep.equal([...shares].sort((a, b) => a - b));
  });

  it('takes the same samples of the same episode, with features of the past and targets of the future', () => {
    const collect = () => {
      const rng = createRng(5);
      return collectSamples(drawEpisode(openWorld(), rng), rng.stream('plan'));
    };
    const { count, rows, targets } = collect();
    expect(count).to.be.above(20);
    expect(targets.subarray(0, 2 * count).every(Number.isFinite)).to.equal(true);
    for (let i = 0; i < count; i++)
      expect(targets[2 * i + 1], 'the longer horizon holds the shorter one').to.be.at.least(targets[2 * i] as number);
    expect(Buffer.from(rows.buffer).equals(Buffer.from(collect().rows.buffer))).to.equal(true);
  });

  it('refuses a tail that covers too seldom, and only a tail', () => {
    const exact = [...LEVELS, ...LEVELS];
    expect(findThinTail({ count: 1, loss: 0, coverage: exact })).to.deep.equal([]);
    const thin = exact.map((level, i) => (i === 4 ? 0.97 : level));
    expect(findThinTail({ count: 1, loss: 0, coverage: thin })).to.have.length(1);
    expect(findThinTail({ count: 1, loss: 0, coverage: thin })[0]).to.match(/0\.98 quantile of the short horizon/);
    const low = exact.map((level, i) => (i === 0 ? 0.3 : level));
    expect(findThinTail({ count: 1, loss: 0, coverage: low })).to.deep.equal([]);
  });
});
