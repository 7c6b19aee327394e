import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../src/base/rng.js';
import type { EvaluationCase, PlannedRun } from '../../src/evaluation/planned-run.js';
import { lawAndSetting } from '../../src/evaluation/planned-run.js';
import type { EvaluationRow } from '../../src/evaluation/row.js';
import { drawTrials } from '../../src/evaluation/tune/draw-trials.js';
import { planRungs } from '../../src/evaluation/tune/halving.js';
import { inTurns, type SweepOptions, sweep } from '../../src/evaluation/tune/sweep.js';
import { formatSweep, tunedPolicies } from '../../src/evaluation/tune/sweep-file.js';
import { LAW_NAMES, parsePolicyName, settingsOf } from '../../src/policies/registry.js';
import { findSettingProblems, isChoice } from '../../src/policies/settings.js';
import { SHARED_SETTINGS } from '../../src/policies/shared-settings.js';
import { buildRow } from './support/rows.js';

const draw = (law: string, count: number, seed = 1) =>
  drawTrials(settingsOf(law) ?? {}, count, createRng(seed).stream('trials'));

describe('trials of a sweep', () => {
  it('begin with the authors constants and are all allowed', () => {
    for (const law of LAW_NAMES) {
      const trials = draw(law, 27);
      expect(trials).to.have.lengthOf(27);
      expect(trials[0]).to.deep.equal({});
      for (const settings of trials)
        expect(findSettingProblems(settingsOf(law) ?? {}, settings), law).to.deep.equal([]);
    }
  });

  it('meet every stratum of every setting once', () => {
    const specs = settingsOf('kpa') ?? {};
    const strata = 20;
    const trials = draw('kpa', strata + 1).slice(1);
    for (const [name, spec] of Object.entries(specs)) {
      const values = trials.map((settings) => settings[name]);
      if (isChoice(spec)) {
        for (const choice of spec.choices) {
          const isTried = spec.sweep?.includes(choice) ?? true;
          const tried = spec.sweep?.length ?? spec.choices.length;
          expect(values.filter((value) => value === choice)).to.have.lengthOf(isTried ? strata / tried : 0);
        }
        continue;
      }
      if (spec.isInteger) continue;
      const [low, high] = spec.sweep ?? [spec.min, spec.max];
      const position = (value: number): number =>
        spec.scale === 'log' ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
      // Rounding to what a person would write may move a value over the edge of its stratum, not over the next one.
      const sorted = values.map((value) => position(Number(value)) * strata).sort((a, b) => a - b);
      for (const [i, at] of sorted.entries()) expect(at, `${name} ${i}`).to.be.within(i - 0.1, i + 1.1);
    }
  });

  it('are the same for the same seed, and others for another', () => {
    expect(draw('planner', 9)).to.deep.equal(draw('planner', 9));
    expect(draw('planner', 9, 2)).not.to.deep.equal(draw('planner', 9));
  });
});

describe('successive halving', () => {
  it('begins with all trials, ends on all windows, and every round costs about the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.integer({ min: 1, max: 300 }), (trials, windows) => {
        const rungs = planRungs(trials, windows);
        expect(rungs[0]?.trials).to.equal(trials);
        expect(rungs.at(-1)?.windows).to.equal(windows);
        expect(rungs.at(-1)?.trials).to.be.at.least(Math.min(trials, 2));
        for (const [i, rung] of rungs.entries()) {
          expect(rung.trials).to.be.at.least(1);
          const before = rungs[i - 1];
          if (!before) continue;
          expect(rung.trials).to.be.at.most(before.trials);
          expect(rung.windows).to.be.at.least(before.windows);
        }
      }),
    );
    expect(planRungs(27, 54)).to.deep.equal([
      { trials: 27, windows: 6 },
      { trials: 9, windows: 18 },
      { trials: 3, windows: 54 },
    ]);
  });
});

/** Windows by name; nothing of them is played. */
const cases = ['a', 'b', 'c'].flatMap((source) =>
  [1, 2, 3].map((i) => ({ traffic: `${source}/short-0${i}`, folder: '.', scenario: {} }) as EvaluationCase),
);

/** A world in which half as busy is best at price 30, and busier is cheaper. */
function rowOf({ case: { traffic }, policy, price, seed }: PlannedRun): EvaluationRow {
  const parsed = parsePolicyName(policy);
  const target = parsed.ok ? Number(parsed.value.settings['targetUtilization'] ?? 0.7) : 0.7;
  const cost = 1 / target;
  const played = { cost, missRate: 0.1 * target ** 2, replicaHours: cost, requests: 100, price, seed, traffic };
  return buildRow({ ...played, ...lawAndSetting(policy) });
}

const run = (options: Partial<SweepOptions> = {}) =>
  sweep({
    laws: ['hpa', 'kpa'],
    cases,
    windows: 9,
    trials: 27,
    prices: [10, 100],
    seeds: [1],
    seed: 1,
    playAll: async (runs) => runs.map(rowOf),
    ...options,
  });

describe('a sweep', () => {
  it('lets sources take turns, so that few windows are of many sources', () => {
    const order = inTurns(cases, createRng(1).stream('windows')).map(({ traffic }) => traffic);
    expect([...order].sort()).to.deep.equal(cases.map(({ traffic }) => traffic));
    for (const turn of [0, 3, 6])
      expect(new Set(order.slice(turn, turn + 3).map((traffic) => traffic[0])).size).to.equal(3);
    // Which source comes first is drawn anew: the first windows are not of whatever sources the file lists first.
    const firsts = [1, 2, 3, 4, 5, 6].map((seed) => inTurns(cases, createRng(seed).stream('windows'))[0]?.traffic[0]);
    expect(new Set(firsts).size).to.be.above(1);
  });

  it('gives every law as many trials, and chooses by price', async () => {
    const [hpa, kpa] = await run();
    expect(hpa?.trials).to.have.lengthOf(27);
    expect(kpa?.trials).to.have.lengthOf(27);
    const target = (price: string): number => {
      const parsed = parsePolicyName(hpa?.chosen[price]?.policy ?? '');
      return parsed.ok ? Number(parsed.value.settings['targetUtilization'] ?? 0.7) : Number.NaN;
    };
    // The dearer a miss, the less busy: 1 / t + price * 0.1 t^2 is least at t = (5 / price)^(1/3).
    expect(target('10')).to.be.within(0.65, 0.95);
    expect(target('100')).to.be.within(0.25, 0.5);
  });

  it('leaves the settings that all share alone where it is told to', async () => {
    for (const { law, trials } of await run({ settings: 'own' }))
      for (const { settings } of trials.slice(1)) {
        expect(Object.keys(settings), law).to.be.an('array').that.is.not.empty;
        expect(settings).not.to.have.any.keys(Object.keys(SHARED_SETTINGS));
      }
    const all = (await run()).flatMap(({ trials }) => trials.flatMap(({ settings }) => Object.keys(settings)));
    expect(all).to.include.members(Object.keys(SHARED_SETTINGS));
  });

  it('is never worse on the last windows than any trial that reached them', async () => {
    for (const { trials, chosen } of await run()) {
      const depth = Math.max(...trials.map(({ rungs }) => rungs.length));
      const last = trials.filter(({ rungs }) => rungs.length === depth).map(({ rungs }) => rungs.at(-1));
      for (const [price, { objective }] of Object.entries(chosen))
        for (const one of last)
          expect(objective).to.be.at.most((one?.cost ?? 0) + Number(price) * (one?.missRate ?? 0) + 1e-9);
    }
  });

  it('plays no more windows of a trial that is out, and each run at one price', async () => {
    const played: PlannedRun[] = [];
    await run({
      playAll: async (runs) => {
        played.push(...runs);
        return runs.map(rowOf);
      },
    });
    expect(new Set(played.map(({ price }) => price)).size).to.equal(1);
    const first = played.filter((one) => one.case.traffic === played[0]?.case.traffic);
    expect(played.length).to.be.below(first.length * 9);
  });

  it('gives the same bytes again, and policies to play from them', async () => {
    const made = {
      matrix: 'abc',
      length: 'short',
      settings: 'all',
      windows: 9,
      trials: 27,
      seeds: 1,
      seed: 1,
      prices: [10, 100],
    } as const;
    const text = formatSweep({ ...made, laws: await run() });
    expect(formatSweep({ ...made, laws: await run() })).to.equal(text);
    const policies = tunedPolicies(['hpa', 'planner'], text);
    if (!policies.ok) return expect.fail(policies.error);
    expect(policies.value.slice(0, 2)).to.deep.equal([{ name: 'hpa' }, { name: 'planner' }]);
    expect(policies.value.map(({ at }) => at)).to.deep.equal([undefined, undefined, 10, 100]);
    for (const { name } of policies.value) expect(parsePolicyName(name).ok, name).to.equal(true);
    expect(tunedPolicies(['hpa'], '{"laws": [{"law": 3}]}')).to.have.property('ok', false);
    expect(tunedPolicies(['hpa'], 'hello')).to.have.property('ok', false);
  });
});
