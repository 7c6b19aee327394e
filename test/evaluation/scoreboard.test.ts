import { expect } from 'chai';
import fc from 'fast-check';
import { normal } from '../../src/base/distributions.js';
import { createRng } from '../../src/base/rng.js';
import { bootstrapPooled } from '../../src/evaluation/bootstrap.js';
import { computeCost, computeObjective, type EvaluationRow } from '../../src/evaluation/row.js';
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
  const intervalOf = (rows: readonly EvaluationRow[], seed = 1) => bootstrapPooled(rows, 30, createRng(seed));
  /** One window of a trace; its cost is what its replica-hours come to over an offered replica-hour. */
  const window = (trace: string, cost: number, number = 1): EvaluationRow =>
    row({ traffic: `${trace}/short-0${number}`, cost, replicaHours: cost });

  it('holds the estimate, is deterministic and shrinks to a point for equal runs', () => {
    const same = [window('a', 2), window('b', 2), window('b', 2, 2)];
    expect(intervalOf(same).cost).to.deep.equal({ estimate: 2, low: 2, high: 2 });
    expect(intervalOf(same).objective.estimate).to.be.closeTo(2.3, 1e-9);
    const cost = fc.double({ min: 0.1, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.array(cost, { minLength: 2, maxLength: 12 }), (costs) => {
        const rows = costs.map((one, i) => window(`trace-${i}`, one));
        const once = intervalOf(rows, 5);
        expect(once).to.deep.equal(intervalOf(rows, 5));
        for (const { estimate, low, high } of Object.values(once)) {
          expect(low).to.be.at.most(estimate + 1e-9);
          expect(high).to.be.at.least(estimate - 1e-9);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('covers the true mean about as often as it says', () => {
    const rng = createRng(9).stream('coverage');
    let covered = 0;
    for (let i = 0; i < 120; i++) {
      const rows = Array.from({ length: 25 }, (_, trace) => window(`trace-${trace}`, 5 + normal(rng)));
      const { cost } = bootstrapPooled(rows, 30, rng);
      if (cost.low <= 5 && cost.high >= 5) covered++;
    }
    expect(covered / 120).to.be.within(0.86, 0.99);
  });

  it('weighs traces, not runs, and runs by what they serve: ratios of sums', () => {
    const many = Array.from({ length: 9 }, (_, i) => window('a', 1, i));
    expect(intervalOf([...many, window('b', 3)]).cost.estimate).to.be.closeTo(2, 1e-9);
    // 9 replica-hours for 9 offered, and 3 for 1: 12 for 10.
    const uneven = [{ ...window('a', 1), replicaHours: 9 }, window('a', 3, 2)];
    expect(intervalOf(uneven).cost.estimate).to.be.closeTo(1.2, 1e-9);
  });

  it('of a single trace speaks of its windows', () => {
    const { cost } = intervalOf([1, 2, 3, 4].map((one) => window('a', one, one)));
    expect(cost.low).to.be.below(2);
    expect(cost.high).to.be.above(2);
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

  it('tells how often a fleet changes and turns round by the hours of all runs, and the worst hour of any', () => {
    const [score] = computeScoreboard(
      [
        row({ hours: 1, changesPerHour: 10, flips: 2, worstHourCost: 3, ttftP95: 1, requests: 100 }),
        row({ traffic: 'spike', hours: 3, changesPerHour: 2, flips: 2, worstHourCost: 5, ttftP95: 3, requests: 300 }),
        row({ traffic: 'calm', hours: 4, changesPerHour: 0, flips: 0, ttftP95: Number.NaN }),
      ],
      'planner',
    );
    expect(score).to.include({ changesPerHour: 2, flipsPerHour: 0.5, worstHourCost: 5, runs: 3 });
    expect(score?.ttft[1]).to.be.closeTo(2.5, 1e-9);
  });
});
