import { expect } from 'chai';
import fc from 'fast-check';
import { ACTIONS, applyAction, PLAN_ACTION, PLAN_INDEX, writeActionMask } from '../../src/decision/action.js';
import { assess, type Situation } from '../../src/decision/situation.js';
import { buildWindow, buildWorkload } from '../support/windows.js';

const situation = (specReplicas: number): Situation => assess(buildWorkload(), buildWindow({ specReplicas }));
const plans = fc.double({ min: 0, max: 40, noNaN: true });

const indexOf = (name: string): number => ACTIONS.findIndex((action) => action.name === name);

describe('actions', () => {
  it('begin with hold, where the argmax of all-NaN logits falls', () => {
    expect(ACTIONS[0]?.name).to.equal('hold');
    expect(applyAction(0, situation(7), 3)).to.equal(7);
  });

  it('but for hold do not depend on the present count, which is up to a minute old', () => {
    for (let index = 1; index < ACTIONS.length; index++) {
      expect(applyAction(index, situation(2), 5.5), ACTIONS[index]?.name).to.equal(
        applyAction(index, situation(12), 5.5),
      );
    }
  });

  it('are ordered by their factor, whatever the law asks for', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const factors = [0.6, 0.75, 0.87, 1, 1.15, 1.35, 1.6, 2];
        const names = factors.map((factor) => (factor === 1 ? PLAN_ACTION : `${PLAN_ACTION} x${factor}`));
        const counts = names.map((name) => applyAction(indexOf(name), situation(4), plan));
        expect(counts).to.deep.equal([...counts].sort((a, b) => a - b));
      }),
    );
  });

  it('leave the law its own move, whatever else leads to the same count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), plans, (n, plan) => {
        const mask = new Uint8Array(ACTIONS.length);
        writeActionMask(situation(n), plan, mask);
        expect(mask[PLAN_INDEX]).to.equal(1);
      }),
    );
  });

  it('stay within bounds, and every count that can be reached is legal under exactly one name', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), plans, (n, plan) => {
        const mask = new Uint8Array(ACTIONS.length);
        writeActionMask(situation(n), plan, mask);
        const counts = ACTIONS.map((_, i) => applyAction(i, situation(n), plan));
        for (const count of counts) {
          expect(count).to.be.within(1, 20);
          expect(counts.filter((other, i) => other === count && mask[i] === 1)).to.have.length(1);
        }
      }),
    );
  });

  it('refuse an index outside the table', () => {
    expect(() => applyAction(ACTIONS.length, situation(3), 3)).to.throw(RangeError, /0\.\.8/);
  });
});
