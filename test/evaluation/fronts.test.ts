import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../src/base/rng.js';
import { compareFronts, costsAtMisses } from '../../src/evaluation/fronts/compare-fronts.js';
import { costAtMisses, efficientPoints } from '../../src/evaluation/fronts/cost-at-misses.js';
import { withoutLiteral } from '../../src/evaluation/fronts/literal.js';
import { withoutUnavoidable } from '../../src/evaluation/fronts/unavoidable.js';
import type { Pooled } from '../../src/evaluation/pool-rows.js';
import { poolBySource, poolRows } from '../../src/evaluation/pool-rows.js';
import type { EvaluationRow } from '../../src/evaluation/row.js';
import { buildRow } from './support/rows.js';

const point: fc.Arbitrary<Pooled> = fc.record({
  cost: fc.double({ min: 1, max: 10, noNaN: true }),
  missRate: fc.double({ min: 0, max: 0.2, noNaN: true }),
});
const points = fc.array(point, { minLength: 1, maxLength: 12 });
const level = fc.double({ min: 0, max: 0.2, noNaN: true });

const row = (overrides: Partial<EvaluationRow>): EvaluationRow =>
  buildRow({ traffic: 'a/short-01', policy: 'kpa', ...overrides });

/** Runs of a policy whose front is `factor` times that of another: cost 2 at 5 % down to 4 at 0.1 %. */
function runsOf(policy: string, factor: (source: string) => number): EvaluationRow[] {
  const rng = createRng(3).stream('noise');
  return ['a', 'b', 'c', 'd'].flatMap((source) =>
    [1, 2, 3].flatMap((window) =>
      [1, 2].flatMap((seed) => {
        // Common to all policies: some windows are harder.
        const hardness = 1 + 0.3 * rng.next();
        return [0.05, 0.03, 0.02, 0.01, 0.005, 0.001].map((missRate, i) =>
          row({
            traffic: `${source}/short-0${window}`,
            policy,
            seed,
            setting: `x=${i}`,
            missRate,
            cost: factor(source) * hardness * (2 + 0.4 * i),
            replicaHours: factor(source) * hardness * (2 + 0.4 * i),
          }),
        );
      }),
    ),
  );
}

const both = (factor: (source: string) => number): readonly EvaluationRow[] => [
  ...runsOf('ours', factor),
  ...runsOf('rival', () => 1),
];
const compare = (rows: readonly EvaluationRow[], at = 0.01) =>
  compareFronts(rows, { policy: 'ours', reference: 'rival', level: at }, createRng(1).stream('bootstrap'));

describe('cost at equal misses', () => {
  it('is the cost of a point that misses exactly so much, and lies half way between two', () => {
    const two = [
      { cost: 2, missRate: 0.03 },
      { cost: 4, missRate: 0.01 },
    ];
    expect(costAtMisses(two, 0.01)).to.equal(4);
    expect(costAtMisses(two, 0.02)).to.be.closeTo(3, 1e-12);
    expect(costAtMisses(two, 0.03)).to.equal(2);
  });

  it('is unknown outside of what was seen, on either side', () => {
    const two = [
      { cost: 2, missRate: 0.03 },
      { cost: 4, missRate: 0.01 },
    ];
    expect(costAtMisses(two, 0.009)).to.equal(undefined);
    expect(costAtMisses(two, 0.031)).to.equal(undefined);
    expect(costAtMisses([], 0.01)).to.equal(undefined);
    expect(costAtMisses([{ cost: Number.NaN, missRate: 0.01 }], 0.01)).to.equal(undefined);
  });

  it('lies between the costs of efficient points and never rises with the level', () => {
    fc.assert(
      fc.property(points, level, level, (some, a, b) => {
        const low = costAtMisses(some, Math.min(a, b));
        const high = costAtMisses(some, Math.max(a, b));
        const costs = efficientPoints(some).map(({ cost }) => cost);
        for (const cost of [low, high])
          if (cost !== undefined) expect(cost).to.be.within(Math.min(...costs) - 1e-9, Math.max(...costs) + 1e-9);
        if (low !== undefined && high !== undefined) expect(high).to.be.at.most(low + 1e-9);
      }),
    );
  });

  it('does not depend on the order of points, nor on points that others beat', () => {
    fc.assert(
      fc.property(points, level, (some, at) => {
        const cost = costAtMisses(some, at);
        expect(costAtMisses([...some].reverse(), at)).to.equal(cost);
        const beaten = some.map((one) => ({ cost: one.cost + 1, missRate: one.missRate + 0.01 }));
        expect(costAtMisses([...some, ...beaten], at)).to.equal(cost);
      }),
    );
  });

  it('can only fall by a further point that brackets no worse', () => {
    fc.assert(
      fc.property(points, point, level, (some, more, at) => {
        const before = costAtMisses(some, at);
        const after = costAtMisses([...some, more], at);
        // A point may end the bracket on the cheap side, where a front is not extended; else it only helps in its own corner.
        if (before === undefined || after === undefined || more.missRate > at) return;
        if (more.cost <= before) expect(after).to.be.at.most(before + 1e-9);
      }),
    );
  });
});

describe('pooled runs', () => {
  it('are ratios of sums: a run of many requests counts for many', () => {
    const pooled = poolRows([
      row({ missRate: 0, requests: 9000, replicaHours: 30, cost: 3 }),
      row({ missRate: 0.1, requests: 1000, replicaHours: 2, cost: 1 }),
    ]);
    expect(pooled.missRate).to.be.closeTo(0.01, 1e-12);
    expect(pooled.cost).to.be.closeTo(32 / 12, 1e-12);
  });

  it('of sources count alike, however many windows each has', () => {
    const many = Array.from({ length: 9 }, (_, i) => row({ traffic: `a/short-0${i}`, cost: 1 }));
    expect(poolBySource([...many, row({ traffic: 'b/short-01', cost: 3 })]).cost).to.be.closeTo(2, 1e-12);
  });

  it('of files in one folder are of several sources, windows of one source are not', () => {
    const costs = (...names: string[]): number =>
      poolBySource(names.map((traffic, i) => row({ traffic, cost: i + 1, replicaHours: 10 ** i }))).cost;
    expect(costs('mine/a.csv', 'mine/b.csv')).to.be.closeTo(1.5, 1e-12);
    expect(costs('a/short-01', 'a/long-02')).to.be.closeTo(11 / 6, 1e-12);
  });

  it('of the authors constants stand apart from tuned ones at the same price, and stay where they are all there is', () => {
    const literal = [10, 30].map((price) => row({ price }));
    const tuned = row({ price: 30, setting: 'targetUtilization=0.5' });
    const other = row({ policy: 'hpa' });
    expect(withoutLiteral([...literal, tuned, other])).to.deep.equal([literal[0], tuned, other]);
  });

  it('are without the misses of a fleet at its maximum, and never below none', () => {
    const rows = withoutUnavoidable(
      [row({ missRate: 0.05 }), row({ missRate: 0.01 }), row({ missRate: 0.05, seed: 2 })],
      [row({ policy: 'static-30', missRate: 0.02 })],
    );
    expect(rows.map(({ missRate }) => Number(missRate.toFixed(6)))).to.deep.equal([0.03, 0, 0.05]);
  });
});

describe('two fronts', () => {
  it('that are a constant factor apart differ by that factor, whatever is drawn', () => {
    const { ratio, win, tie, loss, unknown } = compare(both(() => 0.8));
    expect(ratio?.estimate).to.be.closeTo(0.8, 1e-9);
    expect(ratio?.low).to.be.closeTo(0.8, 1e-9);
    expect(ratio?.high).to.be.closeTo(0.8, 1e-9);
    expect([win, tie, loss, unknown]).to.deep.equal([4, 0, 0, 0]);
  });

  it('of one and the same are a tie', () => {
    const result = compare(both(() => 1));
    expect(result.ratio).to.deep.equal({ estimate: 1, low: 1, high: 1 });
    expect(result.tie).to.equal(4);
  });

  it('change places with the reference: the ratio is the inverse', () => {
    const rows = both((source) => (source === 'a' ? 1.3 : 0.9));
    const forth = compare(rows);
    const back = compareFronts(rows, { policy: 'rival', reference: 'ours', level: 0.01 }, createRng(1).stream('x'));
    expect((forth.ratio?.estimate ?? 0) * (back.ratio?.estimate ?? 0)).to.be.closeTo(1, 1e-9);
    expect([forth.win, forth.loss]).to.deep.equal([back.loss, back.win]);
  });

  it('weigh traces alike by the geometric mean, and the interval holds the doubt between them', () => {
    const { ratio, win, loss } = compare(both((source) => (source === 'a' ? 1.5 : 0.8)));
    expect(ratio?.estimate).to.be.closeTo((1.5 * 0.8 ** 3) ** (1 / 4), 1e-9);
    expect(ratio?.low).to.be.below(0.82);
    expect(ratio?.high).to.be.above(1);
    expect([win, loss]).to.deep.equal([3, 1]);
  });

  it('give nothing at a level that neither brackets', () => {
    const result = compare(
      both(() => 0.8),
      0.2,
    );
    expect(result).to.include({ ratio: undefined, win: 0, tie: 0, loss: 0, unknown: 4 });
    expect([
      ...costsAtMisses(
        both(() => 0.8),
        'ours',
        0.2,
      ).values(),
    ]).to.deep.equal(Array(4).fill(undefined));
  });

  it('are compared only where both were played', () => {
    const rows = both(() => 0.8);
    // The rival lacks one point on one window: that window counts for neither.
    const lacking = rows.filter(
      (one) => !(one.policy === 'rival' && one.traffic === 'a/short-01' && one.setting === 'x=3'),
    );
    const without = rows.filter((one) => one.traffic !== 'a/short-01');
    expect(compare(lacking)).to.deep.equal(compare(without));
  });

  it('are deterministic', () => {
    const rows = both((source) => (source === 'b' ? 1.1 : 0.7));
    expect(compare(rows)).to.deep.equal(compare(rows));
  });
});
