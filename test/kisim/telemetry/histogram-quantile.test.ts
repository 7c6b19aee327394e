import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../../src/base/rng.js';
import { histogramQuantile } from '../../../src/kisim/telemetry/histogram-quantile.js';
import { SlidingQuantile } from '../../../src/kisim/telemetry/sliding-quantile.js';

describe('histogram_quantile', () => {
  const bounds = [0.1, 0.2, 0.4, 1];

  const cases: [string, number, number[], number][] = [
    ['interpolates inside a bucket', 0.5, [10, 20, 60, 100, 100], 0.2 + 0.2 * (30 / 40)],
    ['starts the lowest bucket at 0', 0.05, [10, 20, 60, 100, 100], 0.05],
    ['hits a bound exactly', 0.6, [10, 20, 60, 100, 100], 0.4],
    ['answers the largest bound above every bound', 0.99, [10, 20, 60, 90, 100], 1],
    ['lifts buckets that decrease', 0.5, [10, 50, 40, 100, 100], 0.2],
  ];
  for (const [what, q, counts, expected] of cases) {
    it(what, () => expect(histogramQuantile(q, bounds, counts)).to.be.closeTo(expected, 1e-12));
  }

  it('is NaN without observations', () => {
    expect(histogramQuantile(0.99, bounds, [0, 0, 0, 0, 0])).to.satisfy(Number.isNaN);
  });

  it('levels rounding between buckets instead of finding a quantile in it', () => {
    expect(histogramQuantile(0.999999999999999, [1, 2, 3], [5, 5 + 1e-14, 5 + 2e-14, 5])).to.be.closeTo(1, 1e-9);
  });

  it('lies in the bucket that holds the quantile and never falls as q rises', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 5, maxLength: 5 }), (counts) => {
        let total = 0;
        const cumulative = counts.map((count) => {
          total += count;
          return total;
        });
        let last = 0;
        for (const q of [0.01, 0.3, 0.5, 0.9, 0.99]) {
          const value = histogramQuantile(q, bounds, cumulative);
          if (total === 0) {
            expect(value).to.satisfy(Number.isNaN);
            continue;
          }
          expect(value).to.be.within(last, 1);
          const bucket = bounds.findIndex((bound) => value <= bound + 1e-12);
          expect(cumulative[bucket] as number).to.be.at.least(Math.min(q * total, cumulative[3] as number) - 1e-9);
          last = value;
        }
      }),
    );
  });
});

describe('sliding quantile', () => {
  it('equals sorting the last values every time, NaN unseen', () => {
    const rng = createRng(1);
    const sliding = new SlidingQuantile(9);
    const values: number[] = [];
    for (let i = 0; i < 500; i++) {
      const value = rng.next() < 0.2 ? Number.NaN : Math.floor(rng.next() * 6);
      values.push(value);
      sliding.push(value);
      const sorted = values
        .slice(-9)
        .filter((one) => !Number.isNaN(one))
        .sort((a, b) => a - b);
      const rank = 0.95 * (sorted.length - 1);
      const below = sorted[Math.floor(rank)] as number;
      const above = sorted[Math.min(sorted.length - 1, Math.floor(rank) + 1)] as number;
      const expected = sorted.length === 0 ? Number.NaN : below + (above - below) * (rank % 1);
      const found = sliding.quantile(0.95);
      if (Number.isNaN(expected)) expect(found).to.satisfy(Number.isNaN);
      else expect(found).to.be.closeTo(expected, 1e-12);
    }
  });
});
