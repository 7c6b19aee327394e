import { expect } from 'chai';
import fc from 'fast-check';
import { planRollout, rolloutLimits } from '../../../src/kisim/fleet/rollout.js';
import { bench, testPool } from '../support/fleet-bench.js';

describe('rolling update', () => {
  it('rounds percentages of surge up and of unavailable pods down, and never both to nothing', () => {
    const limits = (spec: number, maxSurge: number | `${number}%`, maxUnavailable: number | `${number}%`): number[] =>
      Object.values(rolloutLimits(spec, { maxSurge, maxUnavailable }));
    expect(limits(10, '25%', '25%')).to.deep.equal([3, 2]);
    expect(limits(3, '25%', '25%')).to.deep.equal([1, 0]);
    expect(limits(1, '100%', '50%')).to.deep.equal([1, 0]);
    expect(limits(5, 2, 1)).to.deep.equal([2, 1]);
    expect(limits(5, 0, '10%')).to.deep.equal([0, 1]);
  });

  it('never plans more than spec + maxSurge pods, nor fewer ready ones than spec - maxUnavailable', () => {
    const count = fc.nat(12);
    fc.assert(
      fc.property(count, count, count, count, count, count, count, (spec, maxSurge, unavailable, a, b, c, d) => {
        const maxUnavailable = maxSurge + unavailable === 0 ? 1 : unavailable;
        const state = { spec, maxSurge, maxUnavailable, oldReady: a, oldStarting: b, newReady: c, newStarting: d };
        const { create, removeOldStarting, removeOldReady, removeNew } = planRollout(state);
        expect(Math.min(create, removeOldStarting, removeOldReady, removeNew)).to.be.at.least(0);
        const before = a + b + c + d;
        expect(before + create).to.be.at.most(Math.max(before, spec + maxSurge));
        const readyLeft = a - removeOldReady + c - Math.max(0, removeNew - d);
        expect(readyLeft).to.be.at.least(Math.min(a + c, spec - maxUnavailable));
      }),
    );
  });

  it('keeps within its limits at every moment, status.replicas exceeds spec meanwhile, and all pods are new at the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.nat(3),
        fc.nat(3),
        fc.nat(1000),
        (spec, maxSurge, maxUnavailable, seed) => {
          const pool = testPool({ coldStart: { median: 20, sigma: 0.5 } });
          const { fleet, at, ready } = bench({ pools: [pool], seed });
          const limits = rolloutLimits(spec, { maxSurge, maxUnavailable });
          fleet.startWarm(spec);
          fleet.rollOut({ maxSurge, maxUnavailable }, 0);
          let largest = 0;
          for (let now = 0; now < 2000 && fleet.isRollingOut; now++) {
            at(now);
            largest = Math.max(largest, fleet.statusReplicas);
            expect(fleet.count('ready')).to.be.at.least(spec - limits.maxUnavailable);
          }
          expect(largest).to.be.at.most(spec + limits.maxSurge);
          if (limits.maxUnavailable === 0) expect(largest).to.be.above(spec);
          at(3000);
          expect([fleet.isRollingOut, fleet.count('ready')]).to.deep.equal([false, spec]);
          expect(fleet.pods.every(({ revision }) => revision === 1)).to.equal(true);
          expect(ready).to.have.length(2 * spec);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is stuck while the new pods do not become ready, and no ready pod is taken for them', () => {
    const { fleet, at, timers } = bench();
    fleet.startWarm(4);
    fleet.kubelet.starts.scheduler.beginStockOut();
    fleet.rollOut({ maxSurge: 1, maxUnavailable: 0 }, 0);
    at(5000);
    expect([fleet.count('ready'), fleet.statusReplicas, fleet.isRollingOut]).to.deep.equal([4, 5, true]);
    timers.schedule(5000, 0, (now) => fleet.kubelet.starts.scheduler.endStockOut(now));
    at(6000);
    expect([fleet.count('ready'), fleet.isRollingOut]).to.deep.equal([4, false]);
  });

  it('follows spec.replicas on the way, up and down', () => {
    for (const spec of [2, 9]) {
      const { fleet, at } = bench();
      fleet.startWarm(5);
      fleet.rollOut({ maxSurge: '25%', maxUnavailable: '25%' }, 0);
      at(10);
      fleet.scaleTo(spec, 10);
      at(1000);
      expect([fleet.count('ready'), fleet.statusReplicas, fleet.isRollingOut]).to.deep.equal([spec, spec, false]);
    }
  });
});
