import { expect } from 'chai';
import fc from 'fast-check';
import { normal } from '../../../src/base/distributions.js';
import { createRng } from '../../../src/base/rng.js';
import { quantileSorted } from '../../../src/base/statistics.js';
import { FORECAST_SIZE, LEVELS } from '../../../src/decision/forecast.js';
import { pinball, scoreForecast, writePinballGradient } from '../../../src/training/forecaster/pinball.js';

const number = fc.integer({ min: -5000, max: 5000 }).map((value) => value / 1000);
const level = fc.constantFrom(...LEVELS);

describe('pinball loss', () => {
  it('is 0 for a hit and above 0 for a miss, dearer above than below where the level is high', () => {
    fc.assert(
      fc.property(level, number, number, (tau, target, quantile) => {
        const loss = pinball(tau, target, quantile);
        expect(loss === 0).to.equal(target === quantile);
        expect(loss).to.be.at.least(0);
      }),
    );
    expect(pinball(0.95, 1, 0)).to.be.closeTo(0.95, 1e-12);
    expect(pinball(0.95, 0, 1)).to.be.closeTo(0.05, 1e-12);
  });

  it('is least at the quantile of the targets (Koenker and Bassett 1978)', () => {
    const rng = createRng(3);
    const targets = Array.from({ length: 4001 }, () => normal(rng)).sort((a, b) => a - b);
    for (const tau of LEVELS) {
      const at = (quantile: number): number => targets.reduce((sum, target) => sum + pinball(tau, target, quantile), 0);
      const best = quantileSorted(targets, tau);
      expect(at(best))
        .to.be.below(at(best + 0.2))
        .and.below(at(best - 0.2));
    }
  });

  it('has the derivative that differences show', () => {
    const outputs = Float32Array.from({ length: FORECAST_SIZE }, (_, j) => j / 7);
    const targets = Float32Array.of(0.5, 1.2);
    const gradient = new Float32Array(FORECAST_SIZE);
    writePinballGradient(outputs, targets, gradient);
    const loss = (values: Float32Array): number => scoreForecast(values, targets).loss * FORECAST_SIZE;
    for (let j = 0; j < FORECAST_SIZE; j++) {
      const moved = outputs.slice();
      moved[j] = (moved[j] as number) + 1e-3;
      expect((loss(moved) - loss(outputs)) / 1e-3).to.be.closeTo(gradient[j] as number, 1e-2);
    }
  });
});

describe('score of a forecast', () => {
  it('counts coverage per level and horizon', () => {
    const outputs = new Float32Array(2 * FORECAST_SIZE).fill(1);
    const { coverage, count } = scoreForecast(outputs, Float32Array.of(0.5, 2, 1, 0.9));
    expect(count).to.equal(2);
    expect(coverage.slice(0, LEVELS.length)).to.deep.equal(LEVELS.map(() => 1));
    expect(coverage.slice(LEVELS.length)).to.deep.equal(LEVELS.map(() => 0.5));
  });
});
