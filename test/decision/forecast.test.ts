import { expect } from 'chai';
import fc from 'fast-check';
import {
  computeQplan,
  FORECAST_SIZE,
  type Forecast,
  horizonsOf,
  LEVELS,
  prudenceOf,
  quantileAt,
  readForecast,
} from '../../src/decision/forecast.js';
import { assess } from '../../src/decision/situation.js';
import { buildWindow, buildWorkload } from '../support/windows.js';

const asked = prudenceOf(buildWorkload({ missPrice: 30 }));
const flat = (load: number): Forecast => ({ short: LEVELS.map(() => load), long: LEVELS.map(() => load) });
const situation = (series: Parameters<typeof buildWindow>[0] = {}, missPrice = 30) =>
  assess(buildWorkload({ missPrice, coldStart: 120 }), buildWindow(series));

describe('forecast', () => {
  it('reads 0 as the present load, and each unit as twice the load and an offset', () => {
    const now = situation();
    const { short, long } = readForecast(new Float32Array(FORECAST_SIZE), 0, now);
    for (const peak of [...short, ...long]) expect(peak).to.be.closeTo(now.load, 1e-9);
    const doubled = readForecast(new Float32Array(FORECAST_SIZE).fill(1), 0, now);
    expect(doubled.short[0]).to.be.closeTo(2 * (now.load + 0.2) - 0.2, 1e-9);
  });

  it('never falls from level to level and is never negative, whatever the network says', () => {
    const outputs = fc.array(fc.double({ min: -20, max: 6, noNaN: true }), {
      minLength: FORECAST_SIZE,
      maxLength: FORECAST_SIZE,
    });
    fc.assert(
      fc.property(outputs, (output) => {
        const { short, long } = readForecast(output, 0, situation());
        for (const quantiles of [short, long]) {
          expect(quantiles[0]).to.be.at.least(0);
          for (let i = 1; i < quantiles.length; i++) expect(quantiles[i]).to.be.at.least(quantiles[i - 1] as number);
        }
      }),
    );
  });

  it('gives a level its own quantile, and others what lies between their neighbours', () => {
    const quantiles = [1, 2, 3, 5, 8, 13];
    for (const [i, level] of LEVELS.entries())
      expect(quantileAt(quantiles, level)).to.be.closeTo(quantiles[i] as number, 1e-9);
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.999, noNaN: true }),
        fc.double({ min: 0.01, max: 0.999, noNaN: true }),
        (a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          expect(quantileAt(quantiles, low)).to.be.at.most(quantileAt(quantiles, high) + 1e-9);
        },
      ),
    );
    expect(quantileAt(quantiles, 0.1)).to.equal(1);
    expect(quantileAt(quantiles, 0.9999)).to.equal(13);
  });

  it('is the more prudent the dearer a miss is and the tighter the objective, with the values of its page', () => {
    const at = (missPrice: number, limit = 4) => prudenceOf({ missPrice, slo: { metric: 'ttft', limit } });
    expect(at(10)).to.deep.include({ targetUtilization: 0.9, hourFloor: 1.2 });
    expect(at(10).tau).to.be.closeTo(0.6996, 0.0001);
    expect(at(30).tau).to.be.closeTo(0.8266, 0.0001);
    expect(at(100).tau).to.be.closeTo(0.905, 1e-9);
    expect(at(60, 16), 'a limit four times as long').to.deep.equal(at(30));
    for (let price = 2; price < 1000; price *= 2) {
      const cheap = at(price);
      for (const dear of [at(2 * price), at(price, 1)]) {
        expect(dear.tau).to.be.at.least(cheap.tau);
        expect(dear.hourFloor).to.be.at.least(cheap.hourFloor);
        expect(dear.targetUtilization).to.be.at.most(cheap.targetUtilization).and.at.least(0.7);
      }
    }
  });

  it('reaches beyond a cold start, further on the way down', () => {
    expect(horizonsOf(120)).to.deep.equal({ short: 150, long: 390 });
  });
});

describe('the quantile law', () => {
  const plan = (series: Parameters<typeof buildWindow>[0], forecast: Forecast): number =>
    computeQplan(situation(series), forecast);

  it('covers a forecast load at the planned utilization', () => {
    expect(plan({ specReplicas: 4 }, flat(5.7))).to.be.closeTo(5.7 / asked.targetUtilization, 1e-9);
  });

  it('goes down no further than the long horizon allows, and never up for it', () => {
    const brief: Forecast = { ...flat(2), long: LEVELS.map(() => 9) };
    expect(plan({ specReplicas: 6, readyReplicas: 6 }, brief)).to.equal(6);
    expect(plan({ specReplicas: 12, readyReplicas: 12 }, brief)).to.be.closeTo(9 / asked.targetUtilization, 1e-9);
  });

  it("is never below the hour's floor", () => {
    const { capacity } = situation();
    const hour = 10 * capacity.throughput;
    expect(plan({ arrivalRateP95Hour: hour }, flat(1))).to.be.closeTo(asked.hourFloor * 10, 1e-9);
  });

  it('never asks for less where more is forecast, waits or is feared', () => {
    const load = fc.double({ min: 0, max: 30, noNaN: true });
    fc.assert(
      fc.property(load, load, fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 30 }), (a, b, queue, n) => {
        const series = { specReplicas: n, readyReplicas: n };
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(plan(series, flat(low))).to.be.at.most(plan(series, flat(high)) + 1e-9);
        expect(plan(series, flat(a))).to.be.at.most(plan({ ...series, queueDepth: queue }, flat(a)) + 1e-9);
        const spread: Forecast = { short: LEVELS.map((_, i) => a + i), long: LEVELS.map((_, i) => a + i) };
        expect(computeQplan(situation(series, 10), spread)).to.be.at.most(computeQplan(situation(series, 100), spread));
      }),
    );
  });
});
