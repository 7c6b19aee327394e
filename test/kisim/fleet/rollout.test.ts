import { expect } from 'chai';
import fc from 'fast-check';
import { planRollout, type RolloutStrategy, rolloutLimits, shareScale } from '../../../src/kisim/fleet/rollout.js';
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

  it('shares a change of spec.replicas in proportion: spec + maxSurge pods, no set grows while the other shrinks', () => {
    const count = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(count, count, fc.nat(30), fc.nat(5), (oldPods, newPods, spec, maxSurge) => {
        const before = oldPods + newPods;
        const sizes = shareScale({ oldPods, newPods }, { spec, maxSurge, mostBefore: before });
        expect(Math.min(sizes.oldPods, sizes.newPods)).to.be.at.least(0);
        const change = [sizes.oldPods - oldPods, sizes.newPods - newPods] as const;
        expect(Math.sign(change[0]) * Math.sign(change[1])).to.be.at.least(0);
        expect(sizes.oldPods + sizes.newPods).to.equal(spec === 0 ? 0 : spec + maxSurge);
      }),
    );
    expect(shareScale({ oldPods: 3, newPods: 10 }, { spec: 16, maxSurge: 3, mostBefore: 13 })).to.deep.equal({
      oldPods: 4,
      newPods: 15,
    });
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

  /**
   * Recorded from kube-controller-manager 1.35.4 with pods that kwok 0.8.0 makes ready 30 s after their creation, eight
   * Deployments at once: size of the old and new ReplicaSet and pods ready, 25, 44, 55, 85, 115 and 145 s after the change of the template.
   */
  const RECORDED: readonly [
    string,
    RolloutStrategy & { spec: number; scaledTo?: number },
    [number, number, number][],
  ][] = [
    [
      '10 pods, 25 % and 25 %',
      { spec: 10, maxSurge: '25%', maxUnavailable: '25%' },
      [
        [8, 5, 8],
        [3, 10, 8],
        [3, 10, 8],
        [0, 10, 10],
        [0, 10, 10],
        [0, 10, 10],
      ],
    ],
    [
      '4 pods, surge 1',
      { spec: 4, maxSurge: 1, maxUnavailable: 0 },
      [
        [4, 1, 4],
        [3, 2, 4],
        [3, 2, 4],
        [2, 3, 4],
        [1, 4, 4],
        [0, 4, 4],
      ],
    ],
    [
      '5 pods, 2 unavailable',
      { spec: 5, maxSurge: 0, maxUnavailable: 2 },
      [
        [3, 2, 3],
        [1, 4, 3],
        [1, 4, 3],
        [0, 5, 4],
        [0, 5, 5],
        [0, 5, 5],
      ],
    ],
    [
      '3 pods, 25 % and 25 %',
      { spec: 3, maxSurge: '25%', maxUnavailable: '25%' },
      [
        [3, 1, 3],
        [2, 2, 3],
        [2, 2, 3],
        [1, 3, 3],
        [0, 3, 3],
        [0, 3, 3],
      ],
    ],
    [
      '10 pods, scaled to 16 after 45 s',
      { spec: 10, maxSurge: 3, maxUnavailable: 2, scaledTo: 16 },
      [
        [8, 5, 8],
        [3, 10, 8],
        [4, 15, 8],
        [0, 16, 15],
        [0, 16, 16],
        [0, 16, 16],
      ],
    ],
    [
      '10 pods, scaled to 6 after 45 s',
      { spec: 10, maxSurge: 3, maxUnavailable: 2, scaledTo: 6 },
      [
        [8, 5, 8],
        [3, 10, 8],
        [0, 6, 5],
        [0, 6, 6],
        [0, 6, 6],
        [0, 6, 6],
      ],
    ],
    [
      '8 pods, 50 % and 50 %',
      { spec: 8, maxSurge: '50%', maxUnavailable: '50%' },
      [
        [4, 8, 4],
        [0, 8, 8],
        [0, 8, 8],
        [0, 8, 8],
        [0, 8, 8],
        [0, 8, 8],
      ],
    ],
    [
      '7 pods, surge 1 and 3 unavailable',
      { spec: 7, maxSurge: 1, maxUnavailable: 3 },
      [
        [4, 4, 4],
        [0, 7, 4],
        [0, 7, 4],
        [0, 7, 7],
        [0, 7, 7],
        [0, 7, 7],
      ],
    ],
  ];
  for (const [what, { spec, scaledTo, ...strategy }, recorded] of RECORDED) {
    it(`has the counts of a real Deployment: ${what}`, () => {
      const { fleet, at, timers } = bench({ pools: [testPool({ coldStart: { median: 30, sigma: 0 } })] });
      fleet.startWarm(spec);
      fleet.rollOut(strategy, 0);
      if (scaledTo !== undefined) timers.schedule(45, 0, (now) => fleet.scaleTo(scaledTo, now));
      const counts = [25, 44, 55, 85, 115, 145].map((now) => {
        at(now);
        const newPods = fleet.pods.filter(({ revision }) => revision === 1).length;
        return [fleet.pods.length - newPods, newPods, fleet.count('ready')];
      });
      expect(counts).to.deep.equal(recorded);
    });
  }

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
