import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../../src/base/rng.js';
import { drawPath, RATE_FAMILY_NAMES } from '../../../src/kisim/traffic/families.js';
import { PATTERNS } from '../../../src/kisim/traffic/patterns.js';
import { rateQuantile } from '../../../src/kisim/traffic/peak.js';
import {
  expectedRequests,
  pathDuration,
  pathOfKnots,
  rateAt,
  scalePath,
} from '../../../src/kisim/traffic/rate-path.js';
import { createRateTraffic } from '../../../src/kisim/traffic/rate-traffic.js';
import { trafficOfRequests } from '../../../src/kisim/traffic/request-trace.js';
import { scaleTraffic } from '../../../src/kisim/traffic/scale-traffic.js';
import { cutPath } from '../../../src/kisim/traffic/splice-path.js';
import { conversationLengths } from '../../../src/kisim/traffic/token-lengths.js';
import { all, isOrdered, ticking } from '../support/traffic.js';

const LENGTHS = conversationLengths(500, 100);

describe('rate traffic', () => {
  it('brings as many requests as the area under the rate, whatever the shape', () => {
    const path = pathOfKnots([
      [0, 0],
      [100, 40],
      [100, 5],
      [300, 5],
      [400, 0],
      [600, 30],
    ]);
    const count = all(createRateTraffic({ path, lengths: LENGTHS }, createRng(3))).length;
    const expected = expectedRequests(path);
    expect(expected).to.equal(2000 + 1000 + 250 + 3000);
    expect(Math.abs(count - expected)).to.be.below(4 * Math.sqrt(expected));
  });

  it('is Poisson in every slice: counts within a linear ramp have mean and variance of its area', () => {
    const path = pathOfKnots([
      [0, 10],
      [2000, 30],
    ]);
    const counts = new Float64Array(200);
    for (const { arrival } of all(createRateTraffic({ path, lengths: LENGTHS }, createRng(8)))) {
      const slice = Math.floor(arrival / 10);
      counts[slice] = (counts[slice] as number) + 1;
    }
    let chiSquare = 0;
    for (let i = 0; i < 200; i++) {
      const area = 10 * (10 + (20 * (i + 0.5)) / 200);
      chiSquare += ((counts[i] as number) - area) ** 2 / area;
    }
    // 200 degrees of freedom: the 99.9 % interval is 141 to 270.
    expect(chiSquare).to.be.within(141, 270);
  });

  for (const cv of [0.5, 1, 3]) {
    it(`draws gaps with a coefficient of variation of ${cv}`, () => {
      const path = PATTERNS.constant({ low: 0, high: 20, duration: 4000 }, createRng(0));
      const arrivals = all(createRateTraffic({ path, cv, lengths: LENGTHS }, createRng(5))).map(
        ({ arrival }) => arrival,
      );
      const gaps = arrivals.slice(1).map((arrival, i) => arrival - (arrivals[i] as number));
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
      const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
      expect(Math.sqrt(variance) / mean).to.be.closeTo(cv, 0.06 * cv);
    });
  }

  for (const family of ['Gamma', 'Weibull'] as const) {
    it(`expects the area of a span from the first second on, however bursty its ${family} gaps`, () => {
      const ends = Float64Array.of(0, 4);
      const path = { times: ends, rates: Float64Array.of(5, 5), families: [family, family] };
      const runs = 4000;
      const counts = Float64Array.from(
        { length: runs },
        (_, seed) => all(createRateTraffic({ path, cv: 3, lengths: LENGTHS }, createRng(seed))).length,
      );
      const mean = counts.reduce((sum, count) => sum + count, 0) / runs;
      const deviation = Math.sqrt(counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / runs);
      expect(Math.abs(mean - 20)).to.be.below((3.3 * deviation) / Math.sqrt(runs));
    });
  }

  it('takes the variation from the path where it has one', () => {
    const path = {
      ...pathOfKnots([
        [0, 50],
        [2000, 50],
      ]),
      cvs: Float64Array.of(0.2, 0.2),
    };
    const arrivals = all(createRateTraffic({ path, cv: 5, lengths: LENGTHS }, createRng(5))).map(
      ({ arrival }) => arrival,
    );
    const gaps = arrivals.slice(1).map((arrival, i) => arrival - (arrivals[i] as number));
    expect(Math.max(...gaps)).to.be.below(0.05);
  });

  it('brings nothing where the rate is zero', () => {
    const path = pathOfKnots([
      [0, 5],
      [50, 5],
      [50, 0],
      [950, 0],
      [950, 5],
      [1000, 5],
    ]);
    const inSilence = all(createRateTraffic({ path, lengths: LENGTHS }, createRng(2))).filter(
      ({ arrival }) => arrival > 50 && arrival < 950,
    );
    expect(inSilence).to.deep.equal([]);
  });

  it('keeps order and bounds for every family, seed and variation', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...RATE_FAMILY_NAMES),
        fc.integer({ min: 0, max: 1e9 }),
        fc.double({ min: 0.3, max: 6, noNaN: true }),
        (family, seed, cv) => {
          const shape = { low: 1, high: 12, duration: 400 };
          const path = drawPath(family, shape, createRng(seed));
          expect(pathDuration(path)).to.be.closeTo(400, 1e-9);
          expect(Math.max(...path.rates)).to.be.at.most(12 + 1e-9);
          expect(Math.min(...path.rates)).to.be.at.least(0);
          const requests = all(createRateTraffic({ path, cv, lengths: LENGTHS }, createRng(seed)));
          const isSound = requests.every(
            ({ arrival, inputTokens, outputTokens }) =>
              arrival <= 400 && Number.isInteger(inputTokens) && inputTokens >= 1 && outputTokens >= 1,
          );
          expect(isSound && isOrdered(requests)).to.equal(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the same bytes for the same seed and other arrivals for another', () => {
    const path = PATTERNS.ramp({ low: 1, high: 10, duration: 200 }, createRng(0));
    const of = (seed: number) => all(createRateTraffic({ path, cv: 2, lengths: LENGTHS }, createRng(seed)));
    expect(of(4)).to.deep.equal(of(4));
    expect(of(4)).to.not.deep.equal(of(5));
  });

  it('leaves arrivals where they are when lengths change', () => {
    const path = PATTERNS.ramp({ low: 1, high: 10, duration: 200 }, createRng(0));
    const arrivals = (mean: number) =>
      all(createRateTraffic({ path, lengths: conversationLengths(mean, mean) }, createRng(4))).map((r) => r.arrival);
    expect(arrivals(100)).to.deep.equal(arrivals(3000));
  });

  it('draws lengths with the mean that was asked for', () => {
    const path = PATTERNS.constant({ low: 0, high: 100, duration: 400 }, createRng(0));
    const requests = all(createRateTraffic({ path, lengths: LENGTHS }, createRng(4)));
    const mean = requests.reduce((sum, { inputTokens }) => sum + inputTokens, 0) / requests.length;
    expect(mean).to.be.closeTo(500, 15);
  });
});

describe('patterns', () => {
  const shape = { low: 10, high: 100, duration: 600 };

  it('ramps up in twenty steps and ends at the upper bound', () => {
    const path = PATTERNS.ramp(shape, createRng(0));
    const levels = Array.from({ length: 20 }, (_, i) => rateAt(path, i * 30 + 15));
    expect(levels).to.deep.equal([...levels].sort((a, b) => a - b));
    expect(new Set(levels).size).to.equal(20);
    expect(levels[19]).to.equal(100);
  });

  it('spikes over the middle forty per cent', () => {
    const path = PATTERNS.spike(shape, createRng(0));
    expect([0, 179, 181, 419, 421, 600].map((at) => rateAt(path, at))).to.deep.equal([10, 10, 100, 100, 10, 10]);
  });

  it('goes through three periods', () => {
    const path = PATTERNS.periodic(shape, createRng(0));
    const peaks = [50, 250, 450].map((at) => rateAt(path, at + 1));
    for (const peak of peaks) expect(peak).to.be.closeTo(100, 1e-9);
    for (const at of [150, 350, 550]) expect(rateAt(path, at + 1)).to.be.closeTo(10, 1e-9);
  });

  it('draws a new level every thirty seconds', () => {
    const path = PATTERNS.random(shape, createRng(1));
    expect(new Set(path.rates).size).to.equal(20);
    expect(rateAt(path, 31)).to.equal(rateAt(path, 59));
  });
});

describe('families', () => {
  it('has KIS-S levels: those of its users, but for being whole numbers there', () => {
    const shape = { low: 10, high: 100, duration: 60 };
    const levels = (name: 'ramp' | 'periodic', steps: number) =>
      Array.from({ length: steps }, (_, i) =>
        Math.floor(rateAt(PATTERNS[name](shape, createRng(0)), ((i + 0.5) * 60) / steps) + 1e-9),
      );
    expect(levels('ramp', 20)).to.deep.equal(
      Array.from({ length: 20 }, (_, i) => 10 + Math.floor((90 * (i + 1)) / 20)),
    );
    expect(levels('periodic', 60)).to.deep.equal(
      Array.from(
        { length: 60 },
        (_, i) => 10 + Math.floor(90 * (0.5 + 0.5 * Math.sin((2 * Math.PI * 3 * i) / 60)) + 1e-9),
      ),
    );
  });

  it('mmpp stays equally long at each of its levels: its mean is theirs', () => {
    const options = { levels: [1, 4, 25], stay: 20 };
    const path = drawPath('mmpp', { low: 0, high: 25, duration: 400_000, options }, createRng(6));
    expect(new Set(path.rates)).to.deep.equal(new Set([1, 4, 25]));
    // 20,000 stays: the standard error of the mean is 1.1 %.
    expect(expectedRequests(path) / 400_000).to.be.closeTo(10, 0.35);
  });

  for (const weekend of [0.3, 0.6, 1.5]) {
    it(`weekly brings ${weekend} times a weekday at the weekend, whatever the day looks like`, () => {
      const day = 86_400;
      for (const seed of [1, 2, 3]) {
        const shape = { low: 2, high: 20, duration: 7 * day, options: { weekend } };
        const path = drawPath('weekly', shape, createRng(seed));
        const days = Array.from({ length: 7 }, (_, i) => expectedRequests(cutPath(path, i * day, (i + 1) * day)));
        for (const [i, requests] of days.entries())
          expect(requests / (days[1] as number)).to.be.closeTo(i < 5 ? 1 : weekend, 0.01);
      }
    });
  }

  it('weekly is quiet at night, and fits a whole week into a shorter run', () => {
    const path = drawPath('weekly', { low: 0, high: 10, duration: 7000 }, createRng(1));
    expect(rateAt(path, 2500)).to.be.above(rateAt(path, 2000) + 3);
    expect(rateAt(path, 5500) / rateAt(path, 2500)).to.be.closeTo(0.6, 0.05);
  });

  it('surges to as many times the base as was asked for', () => {
    const options = { times: 30 };
    const path = drawPath('surges', { low: 0, high: 60, duration: 50_000, options }, createRng(1));
    expect(Math.min(...path.rates)).to.equal(2);
    expect(Math.max(...path.rates)).to.be.within(55, 60);
  });

  it('on-off spells last as long as was asked for', () => {
    const options = { on: 40, off: 160 };
    const path = drawPath('on-off', { low: 0, high: 10, duration: 200_000, options }, createRng(1));
    const busy = Array.from({ length: 20_000 }, (_, i) => rateAt(path, 10 * i + 5)).filter((rate) => rate > 0).length;
    expect(busy / 20_000).to.be.closeTo(0.2, 0.03);
  });

  it('falls silent between on and off', () => {
    const path = drawPath('on-off', { low: 0, high: 10, duration: 5000 }, createRng(1));
    expect(rateQuantile([path], 0.2)).to.equal(0);
    expect(rateQuantile([path], 0.95)).to.be.above(4);
  });

  it('surges to at least twice its base', () => {
    const path = drawPath('surges', { low: 0, high: 10, duration: 5000 }, createRng(1));
    expect(rateQuantile([path], 0.99) / rateQuantile([path], 0.3)).to.be.above(2);
  });
});

describe('scaling', () => {
  it('stretches time and raises rates of a path without changing its shape', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (time, rate) => {
          const path = PATTERNS.ramp({ low: 1, high: 10, duration: 200 }, createRng(0));
          const scaled = scalePath(path, { time, rate });
          expect(rateAt(scaled, 95 * time)).to.be.closeTo(rate * rateAt(path, 95), 1e-9);
          expect(expectedRequests(scaled) / expectedRequests(path)).to.be.closeTo(time * rate, 1e-6);
        },
      ),
    );
  });

  it('leaves silences silent', () => {
    const burst = (start: number) => ticking(30).map((one) => ({ ...one, arrival: start + one.arrival / 10 }));
    const requests = [...burst(0), ...burst(600), ...burst(1200)];
    const scaled = all(scaleTraffic(trafficOfRequests(requests), { rate: 9 }, createRng(1)));
    expect(scaled).to.have.length(9 * 90);
    for (const start of [63, 663])
      expect(scaled.filter(({ arrival }) => arrival > start && arrival < start + 536)).to.deep.equal([]);
  });

  it('repeats requests of a trace by the factor asked for, in order', () => {
    const requests = Array.from({ length: 2000 }, (_, i) => ({
      arrival: i * 0.7,
      inputTokens: i + 1,
      outputTokens: 1,
    }));
    for (const rate of [0.3, 1, 2.5]) {
      const scaled = all(scaleTraffic(trafficOfRequests(requests), { rate, time: 0.5 }, createRng(1)));
      expect(scaled.length / 2000).to.be.closeTo(rate, 0.05);
      expect(isOrdered(scaled)).to.equal(true);
      expect(scaled.at(-1)?.arrival).to.be.closeTo(700, 5);
    }
  });
});
