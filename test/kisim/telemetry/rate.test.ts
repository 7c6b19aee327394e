import { expect } from 'chai';
import fc from 'fast-check';
import { computeRate } from '../../../src/kisim/telemetry/rate.js';

/** Prometheus' rule in its own words: a reference written without a look at the production form. */
function increaseByTheBook(
  samples: readonly (readonly [number, number])[],
  at: number,
  range: number,
): number | undefined {
  const inside = samples.filter(([time]) => time > at - range && time <= at);
  const [first, last] = [inside[0], inside.at(-1)];
  if (!first || !last || inside.length < 2) return undefined;
  let rise = 0;
  inside.slice(1).forEach(([, value], i) => {
    const previous = (inside[i] as readonly [number, number])[1];
    rise += value >= previous ? value - previous : value;
  });
  const covered = last[0] - first[0];
  const spacing = covered / (inside.length - 1);
  const slope = rise / covered;
  let left = first[0] - (at - range);
  if (left >= 1.1 * spacing) left = spacing / 2;
  if (slope > 0) left = Math.min(left, first[1] / slope);
  let right = at - last[0];
  if (right >= 1.1 * spacing) right = spacing / 2;
  return rise + slope * (left + right);
}

describe('rate', () => {
  const times = [5, 20, 35, 50];

  it('extrapolates to both edges of the range when samples lie within 1.1 distances of them', () => {
    // 30 in 45 s between the samples, 60 s in the range: 30 * 60 / 45 = 40, per 60 s.
    expect(computeRate(times, [100, 110, 120, 130], 60, 60)).to.be.closeTo(40 / 60, 1e-12);
  });

  it('stops half a distance outside the samples when the edge is farther away', () => {
    // Edge 40 s before the first sample, 10 s after the last: 20 in 30 s + 7.5 + 10.
    expect(computeRate([60, 75, 90], [100, 110, 120], 100, 80)).to.be.closeTo((20 * (30 + 7.5 + 10)) / 30 / 80, 1e-12);
  });

  it('never extrapolates a counter below zero', () => {
    // At slope 2/3 the counter was 0 three seconds before its first sample, 2: not 5 s before.
    expect(computeRate(times, [2, 12, 22, 32], 60, 60)).to.be.closeTo((30 * (45 + 3 + 10)) / 45 / 60, 1e-12);
  });

  it('takes a decrease for a reset to zero', () => {
    expect(computeRate(times, [100, 110, 4, 14], 60, 60)).to.be.closeTo((24 * 60) / 45 / 60, 1e-12);
  });

  it('has a left-open range: a sample on its left edge does not count, one on its right edge does', () => {
    expect(computeRate([0, 30, 60], [0, 3, 6], 60, 60)).to.equal(computeRate([30, 60], [3, 6], 60, 60));
  });

  it('has no result with fewer than two samples inside', () => {
    expect(computeRate([5, 20], [1, 2], 40, 30)).to.equal(undefined);
    expect(computeRate([], [], 40, 30)).to.equal(undefined);
  });

  it('is 0 for a counter that stands still', () => {
    expect(computeRate(times, [7, 7, 7, 7], 60, 60)).to.equal(0);
  });

  it('agrees with the rule as it is written, on random histories with resets', () => {
    const history = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 50 }), fc.boolean()), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 400 }), fc.integer({ min: 10, max: 120 }), (steps, at, range) => {
        let time = 0;
        let value = 0;
        const samples = steps.map(([gap, rise, isReset]) => {
          time += gap;
          value = isReset ? rise : value + rise;
          return [time, value] as const;
        });
        const rate = computeRate(
          samples.map(([t]) => t),
          samples.map(([, v]) => v),
          at,
          range,
        );
        const expected = increaseByTheBook(samples, at, range);
        if (expected === undefined) expect(rate).to.equal(undefined);
        else expect((rate as number) * range).to.be.closeTo(expected, 1e-9 * Math.max(1, expected));
      }),
      { numRuns: 500 },
    );
  });
});
