import { expect } from 'chai';
import fc from 'fast-check';
import { ACTIONS, applyAction, writeActionMask } from '../../src/decision/action.js';
import { assess, type Situation } from '../../src/decision/situation.js';
import { buildWindow, buildWorkload } from '../support/windows.js';

const situation = (specReplicas: number): Situation => assess(buildWorkload(), buildWindow({ specReplicas }));

describe('actions', () => {
  it('begin with hold, where the argmax of all-NaN logits falls', () => {
    expect(ACTIONS[0]?.name).to.equal('hold');
    expect(applyAction(0, situation(7))).to.equal(7);
  });

  it('move by at least one replica, in the direction of their name', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 19 }), (n) => {
        const targets = ACTIONS.map(({ name }, i) => ({ name, to: applyAction(i, situation(n)) }));
        for (const { name, to } of targets) {
          if (/^(x0|-)/.test(name)) expect(to, name).to.be.below(n);
          if (/^(x[12]|\+)/.test(name)) expect(to, name).to.be.above(n);
        }
      }),
    );
  });

  it('stay within bounds, and a masked action is one that would change nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (n) => {
        const mask = new Uint8Array(ACTIONS.length);
        writeActionMask(situation(n), mask);
        for (const [i, { name }] of ACTIONS.entries()) {
          const to = applyAction(i, situation(n));
          expect(to).to.be.within(1, 20);
          if (name !== 'plan' && name !== 'hold') expect(mask[i] === 1, name).to.equal(to !== n);
        }
      }),
    );
  });

  it('refuse an index outside the table', () => {
    expect(() => applyAction(ACTIONS.length, situation(3))).to.throw(RangeError, /0\.\.8/);
  });
});
