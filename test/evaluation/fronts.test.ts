import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../src/base/rng.js';
import { compareAll } from '../../src/evaluation/fronts/compare-all.js';
import { compareFronts, costsAtMisses } from '../../src/evaluation/fronts/compare-fronts.js';
import { costAtMisses, efficientPoints } from '../../src/evaluation/fronts/cost-at-misses.js';
import { withoutLiteral } from '../../src/evaluation/fronts/literal.js';
import { summariseTraces } from '../../src/evaluation/fronts/summarise-traces.js';
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
            missEpisodes: 6,
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
const compare = (rows: readonly EvaluationRow[], at = 0.01, policy = 'ours', reference = 'rival') => {
  const { traces, ...rest } = compareFronts(rows, { policy, reference, level: at }, createRng(1).stream('bootstrap'));
  return { ...rest, traces, ...summariseTraces(traces) };
};

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
    const { ratio, win, tie, loss, notBracketed, sure } = compare(both(() => 0.8));
    expect(ratio?.estimate).to.be.closeTo(0.8, 1e-9);
    expect(ratio?.low).to.be.closeTo(0.8, 1e-9);
    expect(ratio?.high).to.be.closeTo(0.8, 1e-9);
    expect([win, tie, loss, notBracketed, sure]).to.deep.equal([4, 0, 0, 0, 4]);
  });

  it('of one and the same are a tie', () => {
    const result = compare(both(() => 1));
    expect(result.ratio).to.deep.equal({ estimate: 1, low: 1, high: 1 });
    expect(result.tie).to.equal(4);
  });

  it('change places with the reference: the ratio is the inverse', () => {
    const rows = both((source) => (source === 'a' ? 1.3 : 0.9));
    const forth = compare(rows);
    const back = compare(rows, 0.01, 'rival', 'ours');
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
    expect(result).to.include({ ratio: undefined, win: 0, tie: 0, loss: 0, notBracketed: 4 });
    const costs = costsAtMisses(
      both(() => 0.8),
      'ours',
      0.2,
      createRng(1),
    );
    expect(costs.cost).to.equal(undefined);
    expect([...costs.byTrace.values()]).to.deep.equal(Array(4).fill(undefined));
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

  it('cannot be told from few episodes of misses, on either side', () => {
    // Six windows and seeds a trace, six episodes in each run: 36 at any level.
    const rows = both(() => 0.8);
    for (const policy of ['ours', 'rival']) {
      const rare = rows.map((one) =>
        one.policy === policy && one.traffic.startsWith('a/') ? { ...one, missEpisodes: 4 } : one,
      );
      const { tooFewMisses, win, ratio, traces } = compare(rare);
      expect([tooFewMisses, win], policy).to.deep.equal([1, 3]);
      expect(ratio?.estimate).to.be.closeTo(0.8, 1e-9);
      expect(traces.find(({ trace }) => trace === 'a')).to.include({ outcome: 'too few misses', ratio: undefined });
    }
  });

  it('rest on the episodes at the level, between those of the points that bracket it', () => {
    const rows = both(() => 1).map((one) => ({ ...one, missEpisodes: Math.round(1000 * one.missRate) }));
    // 0.015 lies half way from 1 % to 2 %: 15 episodes in each of six runs.
    const [trace] = compare(rows, 0.015).traces;
    expect(trace?.missEpisodes).to.be.closeTo(90, 1e-6);
    expect(trace?.referenceMissEpisodes).to.be.closeTo(90, 1e-6);
  });

  it('are deterministic', () => {
    const rows = both((source) => (source === 'b' ? 1.1 : 0.7));
    expect(compare(rows)).to.deep.equal(compare(rows));
  });
});

describe('several laws as one', () => {
  /** Cheap on traces a and b, and on c and d. */
  const specialists = [
    ...runsOf('kpa', (source) => (source < 'c' ? 0.7 : 2)),
    ...runsOf('planner', (source) => (source < 'c' ? 2 : 0.7)),
    ...runsOf('ours', () => 0.77),
  ];

  it('are as good as the best of them on every trace', () => {
    for (const reference of ['kpa+planner', 'planner+kpa', 'hindsight'])
      expect(compare(specialists, 0.01, 'ours', reference).ratio?.estimate, reference).to.be.closeTo(1.1, 1e-9);
    expect(compare(specialists, 0.01, 'ours', 'kpa').win).to.equal(2);
    expect(compare(specialists, 0.01, 'kpa', 'kpa').tie).to.equal(4);
  });

  it('in hindsight are never dearer than any of them, nor than their authors constants', () => {
    const literal = runsOf('kpa', () => 0.6).map((one) => ({ ...one, setting: 'default', price: one.missRate }));
    const tuned = runsOf('kpa', () => 0.7).map((one) => ({ ...one, price: one.missRate }));
    const rows = [...literal, ...tuned, ...runsOf('ours', () => 0.6)];
    expect(compare(rows, 0.01, 'ours', 'kpa').ratio?.estimate).to.be.closeTo(0.6 / 0.7, 1e-9);
    expect(compare(rows, 0.01, 'ours', 'hindsight').ratio?.estimate).to.be.closeTo(1, 1e-9);
  });

  it('of no law that was played tell nothing', () => {
    const { ratio, traces } = compare(specialists, 0.01, 'ours', 'hpa');
    expect(ratio).to.equal(undefined);
    expect(traces.every(({ outcome }) => outcome === 'not bracketed')).to.equal(true);
  });
});

describe('training seeds', () => {
  const seeds = [0.7, 0.8, 0.9].flatMap((factor, i) => runsOf(`learned@${i + 1}`, () => factor));
  const rows = [...seeds, ...runsOf('learned', () => 0.75), ...runsOf('rival', () => 1)];

  it('count by their mean, and the dearest is named', () => {
    const { ratio, worstSeed } = compare(rows, 0.01, 'learned@*');
    expect(ratio?.estimate).to.be.closeTo(Math.cbrt(0.7 * 0.8 * 0.9), 1e-9);
    expect(worstSeed?.policy).to.equal('learned@3');
    expect(worstSeed?.ratio).to.be.closeTo(0.9, 1e-9);
    expect(compare(rows, 0.01, 'learned')).not.to.have.property('worstSeed');
  });

  it('are drawn like traces: where nothing else differs the interval is theirs', () => {
    const { ratio } = compare(rows, 0.01, 'learned@*');
    // Of three drawn with replacement all are the best in one draw of 27: 3.7 %, more than the 2.5 % cut off.
    expect(ratio?.low).to.be.closeTo(0.7, 1e-9);
    expect(ratio?.high).to.be.closeTo(0.9, 1e-9);
    const one = compare(rows, 0.01, 'learned@2').ratio;
    expect([one?.low, one?.high].every((end) => Math.abs((end ?? 0) - 0.8) < 1e-9)).to.equal(true);
  });

  it('that are all the same are one', () => {
    const same = [1, 2].flatMap((i) => runsOf(`learned@${i}`, (source) => (source === 'a' ? 1.2 : 0.8)));
    const many = compare([...same, ...runsOf('rival', () => 1)], 0.01, 'learned@*').ratio;
    const single = compare([...same, ...runsOf('rival', () => 1)], 0.01, 'learned@1').ratio;
    expect(many?.estimate).to.be.closeTo(single?.estimate ?? 0, 1e-9);
  });
});

describe('all comparisons', () => {
  it('keep short and long windows apart, and every level', () => {
    const short = both(() => 0.8);
    const long = both(() => 0.5).map((one) => ({ ...one, traffic: one.traffic.replace('short', 'long') }));
    const results = compareAll([...short, ...long], {
      policies: ['ours', 'rival'],
      references: ['rival', 'ours+rival'],
    });
    expect(results.map(({ windows, level, policy }) => `${windows} ${level} ${policy}`)).to.deep.equal(
      ['short', 'long'].flatMap((windows) =>
        [0.01, 0.03].flatMap((at) => ['ours', 'rival'].map((policy) => `${windows} ${at} ${policy}`)),
      ),
    );
    const of = (windows: string) => results.find((one) => one.windows === windows && one.policy === 'ours')?.against;
    expect(of('short')?.map(({ reference }) => reference)).to.deep.equal(['rival', 'ours+rival']);
    expect(of('short')?.[0]?.ratio?.estimate).to.be.closeTo(0.8, 1e-9);
    expect(of('long')?.[0]?.ratio?.estimate).to.be.closeTo(0.5, 1e-9);
  });
});
