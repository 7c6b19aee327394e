import { expect } from 'chai';
import fc from 'fast-check';
import { HPA_DEFAULT_BEHAVIOR, type HpaBehavior, RECOMMENDED_BEHAVIOR } from '../../src/autoscaling/behavior.js';
import { type HpaInput, initialHpaState, replicasForAverageValue, syncHpa } from '../../src/autoscaling/hpa.js';

const input = (overrides: Partial<HpaInput>): HpaInput => ({
  now: 1000,
  specReplicas: 10,
  statusReplicas: 10,
  metricTotal: 10,
  target: 1,
  bounds: { minReplicas: 1, maxReplicas: 100 },
  behavior: RECOMMENDED_BEHAVIOR,
  ...overrides,
});

const withTolerance = (tolerance: number): HpaBehavior => ({
  scaleUp: { ...RECOMMENDED_BEHAVIOR.scaleUp, tolerance },
  scaleDown: { ...RECOMMENDED_BEHAVIOR.scaleDown, tolerance, stabilizationWindow: 0 },
});

/** Replays totals at one sync each, the pods following at once. */
function replay(totals: readonly (number | undefined)[], behavior: HpaBehavior, start: number, period = 15): number[] {
  let state = initialHpaState();
  let replicas = start;
  return totals.map((metricTotal, i) => {
    const result = syncHpa(
      input({ now: i * period, specReplicas: replicas, statusReplicas: replicas, metricTotal, behavior }),
      state,
    );
    state = result.state;
    replicas = result.desiredReplicas;
    return replicas;
  });
}

describe('HPA arithmetic', () => {
  it('takes the smallest D that leaves the default tolerance, replica count by replica count', () => {
    const table = [
      { r: 5, up: 6, down: 4 },
      { r: 9, up: 10, down: 8 },
      { r: 10, up: 12, down: 8 },
      { r: 20, up: 23, down: 17 },
      { r: 50, up: 56, down: 44 },
      { r: 64, up: 71, down: 57 },
      { r: 100, up: 111, down: 89 },
    ];
    for (const { r, up, down } of table) {
      const recommend = (total: number): number =>
        replicasForAverageValue(input({ specReplicas: r, statusReplicas: r, behavior: HPA_DEFAULT_BEHAVIOR }), total);
      expect(recommend(up), `up from ${r}`).to.equal(up);
      expect(recommend(up - 1), `held below ${up}`).to.equal(r);
      expect(recommend(down), `down from ${r}`).to.equal(down);
      expect(recommend(down + 1), `held above ${down}`).to.equal(r);
    }
  });

  it('reaches one replica less when D - 0.999 is sent at default tolerance', () => {
    for (const [r, down] of [
      [10, 9],
      [20, 18],
      [64, 58],
      [100, 90],
    ] as const) {
      const total = down - 0.999;
      expect(
        replicasForAverageValue(input({ specReplicas: r, statusReplicas: r, behavior: HPA_DEFAULT_BEHAVIOR }), total),
      ).to.equal(down);
    }
  });

  it('executes any decision exactly when the tolerance is zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (r, d) => {
        const { desiredReplicas } = syncHpa(
          input({ specReplicas: r, statusReplicas: r, metricTotal: d, behavior: withTolerance(0) }),
          initialHpaState(),
        );
        expect(desiredReplicas).to.equal(d);
      }),
    );
  });

  it('holds on an error and is switched off at zero replicas', () => {
    expect(syncHpa(input({ metricTotal: undefined }), initialHpaState()).desiredReplicas).to.equal(10);
    expect(syncHpa(input({ metricTotal: Number.NaN }), initialHpaState()).desiredReplicas).to.equal(10);
    expect(syncHpa(input({ specReplicas: 0, metricTotal: 9 }), initialHpaState()).desiredReplicas).to.equal(0);
  });

  it('climbs from 1 to 64 in five syncs under the default policies', () => {
    expect(replay([64, 64, 64, 64, 64, 64], HPA_DEFAULT_BEHAVIOR, 1)).to.deep.equal([5, 10, 20, 40, 64, 64]);
  });

  it('comes down only after the highest recommendation left the window', () => {
    const totals = [9, ...Array<number>(10).fill(3)];
    const series = replay(totals, RECOMMENDED_BEHAVIOR, 9);
    expect(series.slice(0, 8)).to.deep.equal(Array(8).fill(9));
    expect(series[8]).to.equal(3);
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
