import { expect } from 'chai';
import fc from 'fast-check';
import { PEAK_TICKS, peakAhead } from '../../src/decision/peak-ahead.js';

const loads = fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 1, maxLength: 60 });

describe('the peak ahead', () => {
  it('is the largest mean of a minute, worked by hand', () => {
    expect(peakAhead([0, 0, 4, 8, 4, 0, 0, 0], 0, 8)).to.equal(4);
    expect(peakAhead([9, 1, 1, 1, 1], 1, 4)).to.equal(1);
  });

  it('grows with the horizon, lies between mean and largest, and is unknown where the future is', () => {
    fc.assert(
      fc.property(loads, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 30 }), (series, tick, reach) => {
        const peak = peakAhead(series, tick, reach);
        const ticks = Math.max(PEAK_TICKS, reach);
        expect(peak === undefined).to.equal(tick + ticks > series.length);
        if (peak === undefined) return;
        const seen = series.slice(tick, tick + ticks);
        expect(peak).to.be.at.most(Math.max(...seen) + 1e-9);
        expect(peak).to.be.at.least(Math.min(...seen) - 1e-9);
        const further = peakAhead(series, tick, reach + 1);
        if (further !== undefined) expect(further).to.be.at.least(peak);
      }),
    );
  });
});
