import { expect } from 'chai';
import fc from 'fast-check';
import { normal } from '../../src/base/distributions.js';
import { createRng } from '../../src/base/rng.js';
import { bootstrapMean } from '../../src/evaluation/bootstrap.js';
import { computeCost, computeObjective } from '../../src/evaluation/row.js';
import { computeScoreboard } from '../../src/evaluation/scoreboard.js';
import { buildRow as row } from './support/rows.js';

describe('cost', () => {
  it('is 1 for a fleet that is exactly full all the time', () => {
    // 3 replicas of 2 requests/s for 100 s serve 600 requests.
    expect(computeCost(300, 2, 600)).to.equal(1);
  });

  it('is unknown, not 0 or infinite, without requests', () => {
    expect(computeCost(300, 2, 0)).to.equal(undefined);
  });

  it('and misses add up to the objective at a price', () => {
    expect(computeObjective(row({}), 30)).to.be.closeTo(2.3, 1e-12);
  });
});

describe('bootstrap interval', () => {
  it('holds the estimate, is deterministic and shrinks to a point for equal values', () => {
    const interval = bootstrapMean([[2, 2], [2], [2]], createRng(1));
    expect(interval).to.deep.equal({ estimate: 2, low: 2, high: 2 });
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 2, maxLength: 12 }), (values) => {
        const clusters = values.map((value) => [value]);
        const once = bootstrapMean(clusters, createRng(5));
        expect(once).to.deep.equal(bootstrapMean(clusters, createRng(5)));
        expect(once?.low).to.be.at.most((once?.estimate ?? 0) + 1e-9);
        expect(once?.high).to.be.at.least((once?.estimate ?? 0) - 1e-9);
      }),
      { numRuns: 30 },
    );
  });

  it('covers the true mean about as often as it says', () => {
    const rng = createRng(9).stream('coverage');
    let covered = 0;
    for (let i = 0; i < 120; i++) {
      const interval = bootstrapMean(
        Array.from({ length: 25 }, () => [5 + normal(rng)]),
        rng,
      );
      if (interval && interval.low <= 5 && interval.high >= 5) covered++;
    }
    expect(covered / 120).to.be.within(0.86, 0.99);
  });

  it('weighs clusters, not runs: a hundred runs on one traffic do not drown another', () => {
    const interval = bootstrapMean([Array(100).fill(1), [3]], createRng(2));
    expect(interval?.estimate).to.equal(2);
  });

  it('is undefined without values', () => {
    expect(bootstrapMean([[], []], createRng(1))).to.equal(undefined);
  });
});

describe('scoreboard', () => {
  const rows = [
    row({ policy: 'learned', traffic: 'ramp', cost: 1.5 }),
    row({ policy: 'learned', traffic: 'spike', cost: 2.5 }),
    row({ policy: 'learned', traffic: 'calm', cost: 1.999 }),
    row({ policy: 'planner', traffic: 'ramp', cost: 2 }),
    row({ policy: 'planner', traffic: 'spike', cost: 2 }),
    row({ policy: 'planner', traffic: 'calm', cost: 2 }),
  ];

  it('counts wins, ties and losses per traffic against the reference', () => {
    const learned = computeScoreboard(rows, 'planner').find(({ policy }) => policy === 'learned');
    expect(learned?.against).to.deep.equal({ win: 1, tie: 1, loss: 1 });
  });

  it('sorts by objective and has no comparison of the reference with itself', () => {
    const board = computeScoreboard(rows, 'planner');
    expect(board.map(({ policy }) => policy)).to.deep.equal(['learned', 'planner']);
    expect(board.at(-1)?.against).to.equal(undefined);
  });

  it('keeps prices apart', () => {
    const board = computeScoreboard([...rows, row({ price: 100, missRate: 0.1 })], 'planner');
    expect(board.filter(({ policy }) => policy === 'planner').map(({ price }) => price)).to.deep.equal([30, 100]);
  });
});
