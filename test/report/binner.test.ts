import { expect } from 'chai';
import fc from 'fast-check';
import { Band } from '../../src/report/band.js';
import { BAND_NAMES, LATENCY_NAMES } from '../../src/report/bin.js';
import type { Binned } from '../../src/report/binner.js';
import type { TickSample } from '../../src/report/tick-sample.js';
import { binned, sampledRun } from './support.js';

describe('a band', () => {
  it('is the same whether values are added one by one or merged in groups', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: -100, max: 100 }))), (groups) => {
        const [whole, merged] = [new Band(), new Band()];
        for (const group of groups) {
          const part = new Band();
          for (const value of group) for (const band of [whole, part]) band.add(value);
          merged.merge(part);
        }
        expect([merged.min, merged.max, merged.mean]).to.deep.equal([whole.min, whole.max, whole.mean]);
      }),
    );
  });

  it('takes no notice of what is no number, and is none itself without values', () => {
    const band = new Band();
    band.add(Number.NaN);
    expect([band.min, band.max, band.mean]).to.deep.equal([Number.NaN, Number.NaN, Number.NaN]);
    band.add(3);
    expect([band.min, band.max, band.mean]).to.deep.equal([3, 3, 3]);
  });
});

describe('a run in bins', () => {
  let samples: readonly TickSample[];
  before(async () => {
    samples = await sampledRun(5);
  });
  const total = ({ bins }: Binned, of: (bin: Binned['bins'][number]) => number): number =>
    bins.reduce((sum, bin) => sum + of(bin), 0);

  it('never has more bins than asked for, each of a power of two of ticks, the last one perhaps not full', () => {
    for (const most of [2, 4, 8, 64]) {
      const { bins, ticksPerBin } = binned(samples, most);
      expect(bins.length).to.be.at.most(most);
      expect(Math.log2(ticksPerBin) % 1).to.equal(0);
      for (const bin of bins.slice(0, -1)) expect(bin.ticks).to.equal(ticksPerBin);
    }
  });

  it('loses no tick, request, miss or latency, however coarse it is', () => {
    const fine = binned(samples, 1000);
    expect(fine.bins).to.have.length(samples.length);
    for (const most of [2, 6]) {
      const coarse = binned(samples, most);
      for (const of of [
        (bin: Binned['bins'][number]) => bin.ticks,
        (bin: Binned['bins'][number]) => bin.injected,
        (bin: Binned['bins'][number]) => bin.misses,
        (bin: Binned['bins'][number]) => bin.pods('ready') * bin.ticks,
        (bin: Binned['bins'][number]) => bin.latencies.latency.total,
      ])
        expect(total(coarse, of)).to.be.closeTo(total(fine, of), 1e-9);
      expect(coarse.bins.at(-1)?.dollars).to.equal(fine.bins.at(-1)?.dollars);
      expect(coarse.end).to.equal(fine.end);
    }
  });

  it('keeps the extremes: a spike of one tick is not smoothed away', () => {
    const [fine, coarse] = [binned(samples, 1000), binned(samples, 4)];
    const extreme = ({ bins }: Binned, name: (typeof BAND_NAMES)[number]): number =>
      Math.max(...bins.map(({ bands }) => bands[name].max).filter((value) => !Number.isNaN(value)));
    for (const name of BAND_NAMES) expect(extreme(coarse, name), name).to.equal(extreme(fine, name));
  });

  it('has quantiles of all requests of a bin, not means of quantiles', () => {
    const [bin] = binned(samples, 2).bins;
    for (const name of LATENCY_NAMES) {
      const values = samples
        .slice(0, bin?.ticks)
        .flatMap(({ latencies }) => [...latencies[name]])
        .sort((a, b) => a - b);
      const exact = values[Math.ceil(0.99 * values.length) - 1] as number;
      expect(bin?.latencies[name].quantile(0.99)).to.be.within(0.985 * exact, 1.015 * exact);
    }
  });
});
