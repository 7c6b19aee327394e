import { expect } from 'chai';
import fc from 'fast-check';
import { computeReward, type TickOutcome } from '../../src/training/reward.js';

const outcome: fc.Arbitrary<TickOutcome> = fc.record({
  billed: fc.double({ min: 0, max: 50, noNaN: true }),
  misses: fc.nat(2000),
  change: fc.nat(20),
  missPrice: fc.double({ min: 3, max: 100, noNaN: true }),
  churn: fc.double({ min: 0, max: 2, noNaN: true }),
  truth: fc.record({
    meanLoad: fc.double({ min: 1, max: 20, noNaN: true }),
    arrivalsPerTick: fc.double({ min: 1, max: 500, noNaN: true }),
  }),
});

const total = (tick: TickOutcome): number => {
  const { replicas, misses, churn } = computeReward(tick);
  return replicas + misses + churn;
};

describe('reward of a tick', () => {
  it('is never above 0, and no replica, miss or change more ever raises it', () => {
    fc.assert(
      fc.property(outcome, (tick) => {
        expect(total(tick)).to.be.at.most(0);
        expect(total({ ...tick, billed: tick.billed + 1 })).to.be.below(total(tick));
        expect(total({ ...tick, misses: tick.misses + 1 })).to.be.at.most(total(tick));
        expect(total({ ...tick, change: tick.change + 1 })).to.be.at.most(total(tick));
      }),
    );
  });

  it('summed over a run without changes is cost + price * miss rate, but for the scale', () => {
    const truth = { meanLoad: 2, arrivalsPerTick: 50 };
    const ticks = [
      { billed: 3, misses: 5 },
      { billed: 4, misses: 0 },
      { billed: 4.5, misses: 60 },
    ].map((tick) => ({ ...tick, change: 0, missPrice: 30, churn: 0.15, truth }));
    const cost = (3 + 4 + 4.5) / 3 / truth.meanLoad;
    const missRate = 65 / (3 * truth.arrivalsPerTick);
    const sum = ticks.reduce((before, tick) => before + total(tick), 0);
    expect((-sum * Math.sqrt(30)) / 3).to.be.closeTo(cost + 30 * missRate, 1e-12);
  });

  it('charges one tick for at most three ticks of misses', () => {
    const tick = { billed: 0, change: 0, missPrice: 10, churn: 0, truth: { meanLoad: 1, arrivalsPerTick: 20 } };
    expect(total({ ...tick, misses: 60 })).to.equal(total({ ...tick, misses: 600 }));
    expect(total({ ...tick, misses: 59 })).to.be.above(total({ ...tick, misses: 60 }));
  });
});
