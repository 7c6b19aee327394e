import { expect } from 'chai';
import fc from 'fast-check';
import { ACTIONS, applyAction, writeActionMask } from '../../src/decision/action.js';
import { assess, type Situation } from '../../src/decision/situation.js';
import { buildWindow, buildWorkload } from '../support/windows.js';

const situation = (specReplicas: number, arrivalRate = 30): Situation =>
  assess(buildWorkload(), buildWindow({ specReplicas, arrivalRate }));

const indexOf = (name: string): number => ACTIONS.findIndex((action) => action.name === name);

describe('actions', () => {
  it('begin with hold, where the argmax of all-NaN logits falls', () => {
    expect(ACTIONS[0]?.name).to.equal('hold');
    expect(applyAction(0, situation(7))).to.equal(7);
  });

  it('but for hold do not depend on the present count, which is up to a minute old', () => {
    for (let index = 1; index < ACTIONS.length; index++) {
      expect(applyAction(index, situation(2)), ACTIONS[index]?.name).to.equal(applyAction(index, situation(12)));
    }
  });

  it('are ordered by their factor, whatever the load', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 90, noNaN: true }), (rate) => {
        const names = [
          'plan x0.75',
          'plan x0.9',
          'plan',
          'plan x1.15',
          'plan x1.35',
          'plan x1.6',
          'plan x2',
          'plan x2.5',
        ];
        const counts = names.map((name) => applyAction(indexOf(name), situation(4, rate)));
        expect(counts).to.deep.equal([...counts].sort((a, b) => a - b));
      }),
    );
  });

  it('stay within bounds, and every count that can be reached is legal under exactly one name', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.double({ min: 0, max: 90, noNaN: true }), (n, rate) => {
        const mask = new Uint8Array(ACTIONS.length);
        writeActionMask(situation(n, rate), mask);
        const counts = ACTIONS.map((_, i) => applyAction(i, situation(n, rate)));
        for (const count of counts) {
          expect(count).to.be.within(1, 20);
          expect(counts.filter((other, i) => other === count && mask[i] === 1)).to.have.length(1);
        }
      }),
    );
  });

  it('refuse an index outside the table', () => {
    expect(() => applyAction(ACTIONS.length, situation(3))).to.throw(RangeError, /0\.\.8/);
  });
});
