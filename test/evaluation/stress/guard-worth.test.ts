import { expect } from 'chai';
import { GUARDS } from '../../../src/decision/guards.js';
import { lawAndSetting } from '../../../src/evaluation/planned-run.js';
import {
  ALL_GUARDS,
  FRONT_PRICES,
  judgeGuards,
  planGuards,
  poolVariations,
} from '../../../src/evaluation/stress/guard-worth.js';
import type { StressRow } from '../../../src/evaluation/stress/stress-rows.js';
import { parsePolicyName } from '../../../src/policies/registry.js';
import { controlOf } from '../../../src/scenarios/policy-control.js';
import { buildRow } from '../support/rows.js';

const EACH = [ALL_GUARDS, ...GUARDS.map(({ name }) => name)];
const PLAIN = { price: 30, hasFronts: false } as const;

/** A row of a policy by the name under which it was played. */
const rowOf = (name: string, changes: Partial<StressRow>): StressRow => ({
  variation: 'unvaried',
  ...buildRow({ ...lawAndSetting(name), ...changes }),
});

describe('a plan of guards', () => {
  it('has every policy behind all guards, behind all but one, and alone; its other settings stay', () => {
    const plan = planGuards({ ...PLAIN, policies: ['kpa:targetUtilization=0.5'], guards: EACH });
    const active = plan.map(({ without, played }) => {
      const name = played[0]?.name ?? '';
      const parsed = parsePolicyName(name);
      expect(parsed.ok && parsed.value.settings['targetUtilization'], name).to.equal(0.5);
      return [without, controlOf(name).guards];
    });
    expect(active).to.deep.equal([
      [undefined, true],
      [ALL_GUARDS, false],
      ...GUARDS.map((guard) => [guard.name, GUARDS.filter((one) => one !== guard)]),
    ]);
  });

  it('has as many points of a front for a law as there are prices for what is told the price', () => {
    const points = (policy: string): number => {
      const [first] = planGuards({ policies: [policy], guards: [], price: 30, hasFronts: true });
      const told = first?.played.filter(({ at }) => at === undefined) ?? [];
      return told.length * FRONT_PRICES.length + (first?.played.length ?? 0) - told.length;
    };
    expect(points('planner')).to.equal(FRONT_PRICES.length);
    expect(points('learned')).to.equal(FRONT_PRICES.length);
  });

  it('is refused for a fixed count, which has no guards', () => {
    expect(() => planGuards({ ...PLAIN, policies: ['static-3'], guards: [] })).to.throw(RangeError, /static-3/);
  });
});

describe('what guards are worth', () => {
  const plan = planGuards({ policies: ['planner'], guards: [ALL_GUARDS], price: 30, hasFronts: true });
  const windows = ['a/short-01', 'a/short-02', 'b/short-01', 'c/short-01'];
  /** A front per side: more of the knob costs more and misses less; guards cost a tenth more at the same misses. */
  const rows = plan.flatMap(({ without, played }) =>
    played.flatMap(({ name }, point) =>
      windows.map((traffic) => {
        const cost = (without === undefined ? 1.1 : 1) * (1 + point / 10);
        return rowOf(name, { traffic, cost, replicaHours: 10 * cost, missRate: 0.04 / (1 + point), missEpisodes: 50 });
      }),
    ),
  );

  it('is the ratio of costs at equal misses, and the difference of the policy as it is', () => {
    const [worth] = judgeGuards(rows, rows, plan, 30, [0.01]);
    expect(worth?.paired.difference.estimate).to.be.closeTo(0.1, 1e-9);
    expect(worth?.fronts[0]?.estimate).to.be.closeTo(1.1, 1e-9);
    expect(worth?.fronts[0]?.low).to.be.closeTo(1.1, 1e-9);
  });

  it('is not told at misses that no front brackets', () => {
    const [worth] = judgeGuards(rows, rows, plan, 30, [0.5]);
    expect(worth?.fronts[0]).to.equal(undefined);
  });

  it('counts every variation of a window, and keeps them apart', () => {
    const twice = rows.flatMap((row) => [row, { ...row, variation: 'pod-crash', cost: row.cost + 1 }]);
    const pooled = poolVariations(twice);
    expect(new Set(pooled.map((row) => JSON.stringify([row.traffic, row.setting, row.seed]))).size).to.equal(
      pooled.length,
    );
    expect(judgeGuards(pooled, pooled, plan, 30, [])[0]?.paired.pairs).to.equal(2 * windows.length);
  });
});
