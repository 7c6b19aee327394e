import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../../src/base/rng.js';
import type { EvaluationRow } from '../../../src/evaluation/row.js';
import { pairedDifference, pairRows } from '../../../src/evaluation/stress/paired-difference.js';
import { buildRow } from '../support/rows.js';

const WINDOWS = ['a/short-01', 'a/short-02', 'b/short-01', 'c/short-01'];

/** One row a window; `change` makes it out of the window's number. */
const rowsOf = (change: (index: number) => Partial<EvaluationRow>): readonly EvaluationRow[] =>
  WINDOWS.map((traffic, index) => buildRow({ traffic, ...change(index) }));

const differ = (rows: readonly EvaluationRow[], bases: readonly EvaluationRow[], price = 30) =>
  pairedDifference(pairRows(rows, bases), price, createRng(1));

describe('a paired difference', () => {
  it('is nothing, without any doubt, between equal rows', () => {
    const rows = rowsOf((index) => ({ cost: 1 + index, missRate: index / 100 }));
    expect(differ(rows, rows)?.difference).to.deep.equal({ estimate: 0, low: 0, high: 0 });
  });

  it('is certain where every window differs alike, however much windows differ among each other', () => {
    const bases = rowsOf((index) => ({ cost: 1 + index, replicaHours: 1 + index, missRate: 0.01 }));
    const rows = rowsOf((index) => ({ cost: 1 + index, replicaHours: 1 + index, missRate: 0.03 }));
    const { estimate, low, high } = differ(rows, bases)?.difference ?? {};
    for (const value of [estimate, low, high]) expect(value).to.be.closeTo(30 * 0.02, 1e-9);
  });

  it('changes sign with the sides, and lies within what the windows differ by', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(share, { minLength: 8, maxLength: 8 }), (misses) => {
        const own = rowsOf((index) => ({ missRate: misses[index] as number }));
        const other = rowsOf((index) => ({ missRate: misses[index + 4] as number }));
        const [there, back] = [differ(own, other), differ(other, own)];
        if (!there || !back) throw new Error('no pairs');
        expect(there.difference.estimate).to.be.closeTo(-back.difference.estimate, 1e-9);
        const each = own.map((row, index) => 30 * (row.missRate - (other[index]?.missRate ?? 0)));
        for (const value of [there.difference.low, there.difference.estimate, there.difference.high])
          expect(value).to.be.within(Math.min(...each) - 1e-9, Math.max(...each) + 1e-9);
        expect(there.difference.low).to.be.at.most(there.difference.high);
      }),
      { numRuns: 30 },
    );
  });

  it('pairs by window and seed, and leaves out what has no other side', () => {
    const own = [buildRow({ seed: 1 }), buildRow({ seed: 2 }), buildRow({ traffic: 'spike' })];
    const pairs = pairRows(own, [buildRow({ seed: 2, cost: 9 }), buildRow({ traffic: 'surges' })]);
    expect(pairs.map(({ row, base }) => [row.seed, base.cost])).to.deep.equal([[2, 9]]);
    expect(differ(own, [])).to.equal(undefined);
  });
});
