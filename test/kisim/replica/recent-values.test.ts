import { expect } from 'chai';
import { RecentValues } from '../../../src/kisim/replica/recent-values.js';

describe('quantiles of recent values', () => {
  const open = () => new RecentValues({ slices: 5, sliceSeconds: 12 });

  it('are those of the last 48 to 60 seconds', () => {
    const recent = open();
    recent.add(10, 1);
    recent.add(1, 30);
    expect(recent.quantile(1, 59)).to.be.closeTo(10, 0.1);
    expect(recent.quantile(1, 60)).to.be.closeTo(1, 0.01);
    expect(recent.quantile(0.99, 84)).to.be.NaN;
  });

  it('are NaN before the first value and after a long silence', () => {
    const recent = open();
    expect(recent.quantile(0.5, 0)).to.be.NaN;
    recent.add(3, 5);
    expect(recent.quantile(0.5, 1e6)).to.be.NaN;
    recent.add(4, 1e6);
    expect(recent.quantile(0.5, 1e6)).to.be.closeTo(4, 0.05);
  });
});
