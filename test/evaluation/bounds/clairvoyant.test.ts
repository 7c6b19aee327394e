import { expect } from 'chai';
import fc from 'fast-check';
import { clairvoyantName, parseClairvoyantName } from '../../../src/evaluation/bounds/clairvoyant.js';
import { planClairvoyant } from '../../../src/evaluation/bounds/clairvoyant-plan.js';
import { createPlayer } from '../../../src/evaluation/play-run.js';
import { computeObjective } from '../../../src/evaluation/row.js';
import { shortCase } from './short-case.js';

const SLOT = 5;

const requests = fc.record({
  load: fc.array(fc.double({ min: 0, max: 6, noNaN: true }), { minLength: 1, maxLength: 120 }),
  margin: fc.double({ min: 0.5, max: 3, noNaN: true }),
  hold: fc.constantFrom(0, 30, 600),
  lead: fc.constantFrom(20, 60, 240),
  memory: fc.constantFrom(0, 120, 300),
});

describe('clairvoyant', () => {
  it('has ordered what is needed a lead before, and keeps it to the end of the need', () => {
    fc.assert(
      fc.property(requests, ({ load, margin, hold, lead, memory }) => {
        const bounds = { minReplicas: 1, maxReplicas: 8 };
        const plan = planClairvoyant({
          load: Float64Array.from(load),
          slot: SLOT,
          margin,
          hold,
          lead,
          memory,
          ...bounds,
        });
        for (const [k, here] of load.entries()) {
          const need = Math.min(8, Math.ceil(margin * here - 1e-6));
          for (let at = Math.max(0, k - lead / SLOT); at <= k; at++) {
            // The HPA follows the largest answer that it remembers.
            const followed = Math.max(...plan.slice(Math.max(0, at - memory / SLOT), at + 1));
            expect(followed, `slot ${at} for ${k}`).to.be.at.least(need);
          }
        }
        expect(plan.every((count) => Number.isInteger(count) && count >= 1 && count <= 8)).to.equal(true);
      }),
    );
  });

  it('stays through a gap that is shorter than a new start, and is gone in a longer one', () => {
    const load = new Float64Array(200);
    for (const from of [40, 60, 160]) load.fill(3, from, from + 10);
    const plan = planClairvoyant({
      load,
      slot: SLOT,
      margin: 1,
      hold: 0,
      lead: 60,
      memory: 0,
      minReplicas: 1,
      maxReplicas: 8,
    });
    expect([...new Set(plan.subarray(28, 70))]).to.deep.equal([3]);
    expect([...new Set(plan.subarray(70, 148))]).to.deep.equal([1]);
    expect([...new Set(plan.subarray(148, 170))]).to.deep.equal([3]);
  });

  it('is planned by a name that reads back, and refuses settings that it cannot have', () => {
    const options = { margin: 1.35, hold: 600 };
    expect(parseClairvoyantName(clairvoyantName(options))).to.deep.equal({ ok: true, value: options });
    expect(parseClairvoyantName('kpa:margin=1')).to.equal(undefined);
    expect(parseClairvoyantName('clairvoyant:margin=9')).to.deep.equal({
      ok: false,
      error: 'clairvoyant: margin: must be a number from 0.5 to 4, found 9',
    });
  });

  it('does better than those who wait and see, where load moves within a cold start', async () => {
    const play = createPlayer(async () => undefined);
    for (const family of ['on-off', 'spike'] as const) {
      const one = shortCase(family, { coldStart: 90, duration: 1200 });
      const rows = await Promise.all(
        ['clairvoyant:margin=1.35,hold=30', 'planner', 'peak', 'hpa'].map((policy) =>
          play({ case: one, policy, price: 30, seed: 1 }),
        ),
      );
      const [own = 0, ...others] = rows.map((row) => (row ? computeObjective(row, 30) : Number.NaN));
      for (const other of others) expect(own, family).to.be.below(other);
    }
  }).timeout(60_000);
});
