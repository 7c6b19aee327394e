import { expect } from 'chai';
import fc from 'fast-check';
import { BOUNDS } from '../../../src/evaluation/bounds/bounds.js';
import { bestInHindsight } from '../../../src/evaluation/bounds/hindsight.js';
import { familyCase } from '../../../src/evaluation/default-cases.js';
import { poolRows } from '../../../src/evaluation/pool-rows.js';
import { computeObjective } from '../../../src/evaluation/row.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import { buildRow } from '../support/rows.js';

/** Counts 1 to 6 on a traffic: dearer and with fewer misses, one after the other. */
const counts = fc
  .array(
    fc.record({
      cost: fc.double({ min: 0.1, max: 9, noNaN: true }),
      missRate: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((drawn) => drawn.map((one, i) => buildRow({ ...one, policy: `static-${i + 1}` })));

describe('hindsight', () => {
  it('has no higher objective than any candidate, on any traffic at any price', () => {
    fc.assert(
      fc.property(counts, counts, fc.double({ min: 1, max: 200, noNaN: true }), (here, there, price) => {
        const rows = [...here, ...there.map((row) => ({ ...row, traffic: 'spike' }))];
        const best = bestInHindsight(rows, 'hindsight-static', [price]);
        expect(best.map(({ traffic }) => traffic)).to.deep.equal(['ramp', 'spike']);
        for (const row of rows) {
          const chosen = best.find(({ traffic }) => traffic === row.traffic);
          // Two that are equal but for the last bit may be taken for one another: pooling divides and multiplies.
          const least = computeObjective(row, price) * (1 + 1e-12);
          expect(computeObjective(chosen as typeof row, price)).to.be.at.most(least);
        }
      }),
    );
  });

  it('chooses one count for all seeds of a traffic', () => {
    const rows = [1, 2].flatMap((seed) => [
      buildRow({ policy: 'static-1', seed, cost: 1, missRate: seed === 1 ? 0 : 0.2 }),
      buildRow({ policy: 'static-2', seed, cost: 2, missRate: 0 }),
    ]);
    const best = bestInHindsight(rows, 'hindsight-static', [5, 30]);
    expect(best.map(({ price, seed, cost }) => [price, seed, cost])).to.deep.equal([
      [5, 1, 1],
      [5, 2, 1],
      [30, 1, 2],
      [30, 2, 2],
    ]);
    expect(poolRows(best.slice(0, 2)).missRate).to.be.closeTo(0.1, 1e-12);
  });

  it('is made of every count that the bounds of a window allow, played once for all prices', () => {
    const loaded = loadReplicaKind('demo-small');
    if (!loaded.ok) throw new Error(loaded.error);
    const one = familyCase('ramp', { name: 'demo-small', kind: loaded.value });
    const bound = BOUNDS.find(({ name }) => name === 'hindsight-static');
    const runs = bound?.plan({ cases: [one], prices: [10, 30], seeds: [1, 2] }) ?? [];
    expect(runs).to.have.length(2 * one.scenario.replicas.max);
    expect(new Set(runs.map(({ policy, seed }) => `${policy}/${seed}`)).size).to.equal(runs.length);
  });
});
