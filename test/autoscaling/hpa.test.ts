import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Behavior,
  HPA_DEFAULT_BEHAVIOR,
  type HpaBehavior,
  RECOMMENDED_BEHAVIOR,
} from '../../src/autoscaling/behavior.js';
import { averageValue, type HpaInput, initialHpaState, syncHpa } from '../../src/autoscaling/hpa.js';
import { proposeReplicas } from '../../src/autoscaling/replica-calculator.js';
import { type KubernetesRelease, toleranceOf } from '../../src/autoscaling/tolerance.js';

const input = (overrides: Partial<HpaInput> = {}): HpaInput => ({
  now: 1000,
  specReplicas: 10,
  statusReplicas: 10,
  metrics: [averageValue(10, 1)],
  bounds: { minReplicas: 1, maxReplicas: 100 },
  behavior: RECOMMENDED_BEHAVIOR,
  ...overrides,
});

const withTolerance = (tolerance: number): HpaBehavior => ({
  scaleUp: { ...RECOMMENDED_BEHAVIOR.scaleUp, tolerance },
  scaleDown: { ...RECOMMENDED_BEHAVIOR.scaleDown, tolerance, stabilizationWindow: 0 },
});

/** Replays totals at one sync each, the pods following at once. */
function replay(totals: readonly (number | undefined)[], behavior: Behavior, start: number, period = 15): number[] {
  let state = initialHpaState();
  let replicas = start;
  return totals.map((total, i) => {
    const metrics = [averageValue(total, 1)];
    const now = i * period;
    const sync = syncHpa(input({ now, specReplicas: replicas, statusReplicas: replicas, metrics, behavior }), state);
    state = sync.state;
    replicas = sync.desiredReplicas;
    return replicas;
  });
}

/** What D at `r` replicas comes to, before windows and policies. */
function recommend(r: number, total: number, release: KubernetesRelease = '1.35', behavior: Behavior = 'none') {
  const target = { now: 0, specReplicas: r, statusReplicas: r };
  return proposeReplicas(averageValue(total, 1), target, toleranceOf(behavior, release));
}

describe('HPA arithmetic', () => {
  // keda-contract, "exact-replica arithmetic": nearest D that moves the HPA at default tolerance.
  const table = [
    { r: 5, up: 6, upBefore: 6, down: 4, nudged: 4 },
    { r: 9, up: 10, upBefore: 10, down: 8, nudged: 8 },
    { r: 10, up: 12, upBefore: 11, down: 8, nudged: 9 },
    { r: 20, up: 23, upBefore: 22, down: 17, nudged: 18 },
    { r: 50, up: 56, upBefore: 55, down: 44, nudged: 45 },
    { r: 64, up: 71, upBefore: 71, down: 57, nudged: 58 },
    { r: 100, up: 111, upBefore: 110, down: 89, nudged: 90 },
  ];
  for (const { r, up, upBefore, down, nudged } of table) {
    it(`moves from ${r} at default tolerance to ${up} and ${down} at the nearest, up to 1.32 to ${upBefore}, nudged to ${nudged}`, () => {
      expect(recommend(r, up)).to.equal(up);
      expect(recommend(r, up - 1), `held below ${up}`).to.equal(r);
      expect(recommend(r, down)).to.equal(down);
      expect(recommend(r, down + 1), `held above ${down}`).to.equal(r);
      expect(recommend(r, upBefore, '1.32')).to.equal(upBefore);
      expect(recommend(r, upBefore - 1, '1.32')).to.equal(r);
      expect(recommend(r, nudged - 0.999)).to.equal(nudged);
      expect(recommend(r, nudged + 1 - 0.999)).to.equal(nudged + 1 === r ? r : recommend(r, nudged + 1));
    });
  }

  it('counts in thousandths: 3.0006 is 3.001, hence four replicas', () => {
    expect(recommend(10, 3.0006)).to.equal(4);
    expect(recommend(10, 3.0004)).to.equal(3);
    const target = { now: 0, specReplicas: 2, statusReplicas: 2 };
    const isTolerated = toleranceOf('none', '1.35');
    expect(proposeReplicas(averageValue(22.222, 6.111), target, isTolerated)).to.equal(4);
  });

  it("reads the behaviour's tolerance from 1.35 on only", () => {
    for (const [release, expected] of [
      ['1.32', 10],
      ['1.33', 10],
      ['1.35', 9],
    ] as const)
      expect(recommend(10, 9, release, RECOMMENDED_BEHAVIOR), release).to.equal(expected);
  });

  // A running KEDA v2.21.0 and Kubernetes v1.35.4 followed this order exactly at tolerance 0.
  it('executes 7, 10, 11, 12, 20, 21, 64, 58, 57, 20, 19, 10, 9, 1, 12 exactly when the tolerance is zero', () => {
    const order = [7, 10, 11, 12, 20, 21, 64, 58, 57, 20, 19, 10, 9, 1, 12];
    expect(replay(order, withTolerance(0), 7)).to.deep.equal(order);
  });

  it('executes any decision exactly when the tolerance is zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (r, d) => {
        expect(replay([d], withTolerance(0), r)).to.deep.equal([d]);
      }),
    );
  });

  it('holds on an error, says so, and is switched off at zero replicas', () => {
    const held = syncHpa(input({ metrics: [averageValue(undefined, 1)] }), initialHpaState());
    expect([held.desiredReplicas, held.state.isScalingActive]).to.deep.equal([10, false]);
    expect(syncHpa(input(), initialHpaState()).state.isScalingActive).to.equal(true);
    const off = syncHpa(input({ specReplicas: 0, metrics: [averageValue(9, 1)] }), initialHpaState());
    expect([off.desiredReplicas, off.state.isScalingActive]).to.deep.equal([0, false]);
  });

  it('returns status replicas inside the tolerance: a surge of a rollout raises the count for good (k8s#138505)', () => {
    const surge = input({ statusReplicas: 11, behavior: HPA_DEFAULT_BEHAVIOR });
    expect(syncHpa(surge, initialHpaState()).desiredReplicas).to.equal(11);
  });

  it('takes the largest of several metrics, and holds a scale-down while one of them is unknown', () => {
    const totals = (...all: (number | undefined)[]): number =>
      syncHpa(input({ metrics: all.map((total) => averageValue(total, 1)), behavior: withTolerance(0) }), {
        ...initialHpaState(),
        recommendations: [],
      }).desiredReplicas;
    expect([totals(9, 4), totals(4, 7), totals(3, 2)]).to.deep.equal([9, 7, 3]);
    expect(totals(18, undefined), 'up still works').to.equal(18);
    expect(totals(2, undefined), 'down is blocked').to.equal(10);
    expect(totals(undefined, undefined)).to.equal(10);
  });

  it('climbs from 1 to 64 in five syncs with the default block, and without any', () => {
    const totals = [64, 64, 64, 64, 64, 64];
    expect(replay(totals, HPA_DEFAULT_BEHAVIOR, 1)).to.deep.equal([5, 10, 20, 40, 64, 64]);
    expect(replay(totals, 'none', 1)).to.deep.equal([4, 8, 16, 32, 64, 64]);
  });

  it('comes down only after the highest recommendation left the window', () => {
    const series = replay([9, ...Array<number>(10).fill(3)], RECOMMENDED_BEHAVIOR, 9);
    expect(series.slice(0, 8)).to.deep.equal(Array(8).fill(9));
    expect(series[8]).to.equal(3);
  });

  it('takes the count that it finds for a recommendation, so a new HPA waits a whole window before it goes down', () => {
    const without = replay(Array<number>(22).fill(3), 'none', 9);
    expect(without.indexOf(3)).to.equal(20);
    expect(replay(Array<number>(22).fill(3), HPA_DEFAULT_BEHAVIOR, 9).indexOf(3)).to.equal(20);
  });

  it('scales up on the lowest recommendation of an up window', () => {
    const behavior: HpaBehavior = {
      ...RECOMMENDED_BEHAVIOR,
      scaleUp: { ...RECOMMENDED_BEHAVIOR.scaleUp, stabilizationWindow: 30 },
    };
    expect(replay([4, 9, 9, 9, 9], behavior, 4)).to.deep.equal([4, 4, 9, 9, 9]);
  });

  it('adds no more than the policy allows within one period', () => {
    const behavior: HpaBehavior = {
      ...RECOMMENDED_BEHAVIOR,
      scaleUp: { ...RECOMMENDED_BEHAVIOR.scaleUp, policies: [{ type: 'Pods', value: 2, period: 60 }] },
    };
    expect(replay([50, 50, 50, 50, 50], behavior, 4)).to.deep.equal([6, 6, 6, 6, 8]);
  });

  it('lets a step of ten per cent down move only in the form D - 0.999', () => {
    const behavior: HpaBehavior = {
      ...HPA_DEFAULT_BEHAVIOR,
      scaleDown: { ...HPA_DEFAULT_BEHAVIOR.scaleDown, stabilizationWindow: 0 },
    };
    expect(replay([18], behavior, 20)).to.deep.equal([20]);
    expect(replay([18 - 0.999], behavior, 20)).to.deep.equal([18]);
  });

  it('takes the smaller step with selectPolicy Min and none with Disabled', () => {
    const policies = [
      { type: 'Pods', value: 4, period: 15 },
      { type: 'Percent', value: 100, period: 15 },
    ] as const;
    const up = (selectPolicy: 'Min' | 'Disabled'): HpaBehavior => ({
      ...RECOMMENDED_BEHAVIOR,
      scaleUp: { ...RECOMMENDED_BEHAVIOR.scaleUp, selectPolicy, policies },
    });
    expect(replay([50], up('Min'), 2)).to.deep.equal([4]);
    expect(replay([50], up('Disabled'), 2)).to.deep.equal([2]);
  });

  it('brings a count outside the bounds back first, whatever the metric says', () => {
    const bounds = { minReplicas: 3, maxReplicas: 8 };
    const sync = (specReplicas: number): number =>
      syncHpa(input({ specReplicas, bounds, metrics: [averageValue(undefined, 1)] }), initialHpaState())
        .desiredReplicas;
    expect([sync(2), sync(3), sync(8), sync(9)]).to.deep.equal([3, 3, 8, 8]);
  });

  it('never leaves the bounds and never passes the recommendation', () => {
    const total = fc.option(fc.double({ min: 0, max: 200, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(total, { maxLength: 30 }), fc.integer({ min: 1, max: 100 }), (totals, start) => {
        let previous = start;
        for (const [i, replicas] of replay(totals, HPA_DEFAULT_BEHAVIOR, start).entries()) {
          expect(replicas).to.be.within(1, 100);
          const recommended = Math.ceil(totals[i] ?? previous);
          if (replicas > previous) expect(replicas).to.be.at.most(Math.max(recommended, 1));
          previous = replicas;
        }
      }),
    );
  });
});
