import { expect } from 'chai';
import { compareSamples, judge } from './telemetry/compare-signals.js';

const sample = (theirs: number, ours: number, around: readonly number[] = []) => ({ theirs, ours, around });

describe('comparison of a signal with a real Prometheus', () => {
  it('calls equal what is equal but for rounding, and absent on both sides', () => {
    expect(judge(sample(100.05, 100), 1e-3, 0)).to.equal('equal');
    expect(judge(sample(Number.NaN, Number.NaN), 1e-3, 0)).to.equal('equal');
    expect(judge(sample(0.011, 0.01), 1e-3, 0)).to.equal('different');
  });

  it('calls shifted what a neighbour has, or what lies between two of them', () => {
    expect(judge(sample(5, 3, [5, 3, 4]), 1e-3, 0)).to.equal('shifted');
    expect(judge(sample(4.5, 3, [5, 3, 4]), 1e-3, 0)).to.equal('shifted');
    expect(judge(sample(5.5, 3, [5, 3, 4]), 1e-3, 0)).to.equal('different');
    expect(judge(sample(5.5, 3, [5, 3, 4]), 1e-3, 1)).to.equal('shifted');
  });

  it('never lets a value stand for an absent one', () => {
    expect(judge(sample(Number.NaN, 3, [3, 3, 3]), 1e-3, 10)).to.equal('different');
    expect(judge(sample(0, Number.NaN, [Number.NaN, Number.NaN]), 1e-3, 10)).to.equal('different');
  });

  it('counts, and tells the worst', () => {
    const found = compareSamples([sample(1, 1), sample(2, 1, [2]), sample(12, 10, [10])], 1e-3, 0);
    expect(found).to.deep.equal({ equal: 1, shifted: 1, different: 1, worst: 0.2 });
  });
});
