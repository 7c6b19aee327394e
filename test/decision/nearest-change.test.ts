import { expect } from 'chai';
import fc from 'fast-check';
import { CHANGEABLE_INPUTS } from '../../src/decision/changeable-inputs.js';
import { type DecideAll, type DecisionInput, decideWith } from '../../src/decision/decide-all.js';
import type { Decision, Refusal } from '../../src/decision/decision.js';
import { explainDecision } from '../../src/decision/explain-decision.js';
import { findNearestChange } from '../../src/decision/nearest-change.js';
import { assess } from '../../src/decision/situation.js';
import { loadVllmProfile } from '../../src/kisim/profiles/load-profile.js';
import { createPlanner } from '../../src/policies/planner.js';
import { createServedPolicies } from '../../src/policies/registry.js';
import { buildWindow, buildWorkload } from '../support/windows.js';

const loaded = loadVllmProfile('demo-small');
if (!loaded.ok) throw new Error(loaded.error);
/** A known capacity: one that is measured jumps where the last waiting request goes. */
const profile = loaded.value;

const planner: DecideAll = decideWith([createPlanner()]);

function decided(outcome: Decision | Refusal | undefined): Decision {
  if (outcome?.kind !== 'decision') throw new Error('no decision');
  return outcome;
}

const search = async (input: DecisionInput, decideAll = planner) => {
  const decision = decided((await decideAll([input]))[0]);
  const situation = assess(input.workload, input.window);
  return { decision, situation, nearest: await findNearestChange(situation, decision, decideAll) };
};

/** Windows of a fleet with some load, queue and latency. */
const windows = fc
  .record({
    queueDepth: fc.integer({ min: 0, max: 200 }),
    completionRate: fc.double({ min: 0.5, max: 20, noNaN: true }),
    replicas: fc.integer({ min: 1, max: 15 }),
    p99Latency: fc.double({ min: 0.01, max: 20, noNaN: true }),
    missPrice: fc.integer({ min: 1, max: 1000 }),
  })
  .map(({ replicas, missPrice, ...series }): DecisionInput => {
    const counts = { specReplicas: replicas, readyReplicas: replicas, scrapedReplicas: replicas };
    return { workload: buildWorkload({ missPrice, profile }), window: buildWindow({ ...series, ...counts }) };
  });

describe('the nearest change of one input', () => {
  it('gives the other count that it tells, when it is made', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(windows, async (input) => {
        const { decision, situation, nearest } = await search(input);
        if (!nearest) return;
        found++;
        const changed = CHANGEABLE_INPUTS.find(({ name }) => name === nearest.input)?.change(situation, nearest.to);
        const other = decided((await planner([changed as DecisionInput]))[0]);
        expect(other.replicas).to.equal(nearest.replicas).and.not.equal(decision.replicas);
      }),
      { numRuns: 40 },
    );
    expect(found).to.be.above(20);
  });

  it('leaves no nearer one on any input: the planner is monotone in each of them', async () => {
    await fc.assert(
      fc.asyncProperty(windows, async (input) => {
        const { decision, situation, nearest } = await search(input);
        if (!nearest) return;
        // Ten steps on every input, outwards to nine tenths of what was found, less three digits' rounding and the finest halving.
        const most = 0.9 * nearest.relative - 0.008;
        if (most <= 0) return;
        const asked = CHANGEABLE_INPUTS.flatMap((one) => {
          const from = one.read(situation);
          if (from === undefined) return [];
          const scale = Math.max(from, one.scale(situation));
          const [low, high] = one.range(situation);
          return [1, -1].flatMap((direction) =>
            Array.from({ length: 10 }, (_, i) => {
              const value = from + direction * 0.1 * (i + 1) * most * scale;
              const whole = one.isInteger ? Math.round(value) : value;
              const isNear = Math.abs(whole - from) <= most * scale;
              return isNear && whole >= low && whole <= high ? one.change(situation, whole) : input;
            }),
          );
        });
        for (const outcome of await planner(asked))
          if (outcome.kind === 'decision') expect(outcome.replicas).to.equal(decision.replicas);
      }),
      { numRuns: 30, seed: 7 },
    );
  });

  it('changes nothing but that input', () => {
    const workload = buildWorkload();
    const situation = assess(workload, buildWindow({ queueDepth: 10, gpuMemoryHeadroom: 0.4 }));
    for (const input of CHANGEABLE_INPUTS) {
      const from = input.read(situation);
      if (from === undefined) throw new Error(`${input.name} is not there`);
      const to = input.isInteger ? from + 1 : from * 1.1;
      const changed = input.change(situation, to);
      expect(input.read(assess(changed.workload, changed.window)), input.name).to.be.closeTo(to, 1e-9);
      const others = CHANGEABLE_INPUTS.filter(({ name }) => name !== input.name && name !== 'arrivals');
      for (const other of others)
        expect(other.read(assess(changed.workload, changed.window)), other.name).to.equal(other.read(situation));
    }
  });

  it('leaves the window that it is asked about as it was', async () => {
    const input = { workload: buildWorkload(), window: buildWindow({ queueDepth: 30, completionRate: 7 }) };
    const before = structuredClone(input.window);
    await search(input);
    expect(input.window).to.deep.equal(before);
  });

  it('is the same whenever it is asked for', async () => {
    const input = { workload: buildWorkload(), window: buildWindow({ queueDepth: 30, completionRate: 7 }) };
    expect((await search(input)).nearest).to.deep.equal((await search(input)).nearest);
  });

  it('asks for all of a round at once, in a dozen rounds and a hundred questions at most', async () => {
    const sizes: number[] = [];
    const counting: DecideAll = (batch) => {
      sizes.push(batch.length);
      return planner(batch);
    };
    await fc.assert(
      fc.asyncProperty(windows, async (input) => {
        sizes.length = 0;
        await search(input, counting);
        expect(sizes.length).to.be.at.most(13);
        expect(sizes.reduce((sum, size) => sum + size, 0)).to.be.at.most(100);
      }),
      { numRuns: 40 },
    );
  });

  it('is absent where no input changes anything', async () => {
    const workload = buildWorkload({ bounds: { minReplicas: 4, maxReplicas: 4 } });
    expect((await search({ workload, window: buildWindow() })).nearest).to.equal(undefined);
  });

  it('takes no failure of the moment for another decision', async () => {
    const input = { workload: buildWorkload({ policy: 'learned' }), window: buildWindow({ queueDepth: 30 }) };
    let calls = 0;
    const learned = {
      propose: async (batch: readonly DecisionInput[]) =>
        batch.map(() =>
          calls++ === 0
            ? ({ policy: 'learned', ok: true, replicas: 7 } as const)
            : ({ policy: 'learned', ok: false, because: 'KIS_MODEL_SLOW' } as const),
        ),
    };
    const { decision, nearest } = await search(input, decideWith([learned, createPlanner()]));
    expect(decision.replicas).to.equal(7);
    expect(nearest).to.equal(undefined);
  });
});

describe('an explanation', () => {
  const input = { workload: buildWorkload(), window: buildWindow({ queueDepth: 41, completionRate: 7 }) };

  it('tells what every other law would have done, the guards, and the nearest change', async () => {
    const all = [...createServedPolicies().values()];
    const decision = decided((await decideWith(all)([input]))[0]);
    const explanation = await explainDecision(input, decision, planner);
    expect(explanation.rivals.map(({ policy }) => policy).sort()).to.deep.equal(
      all
        .map(({ name }) => name)
        .filter((name) => name !== 'planner')
        .sort(),
    );
    expect(explanation).to.include({ replicas: decision.replicas, sentence: decision.sentence, policy: 'planner' });
    expect(explanation.corrections).to.equal(decision.corrections);
    expect(explanation.nearest).to.have.property('replicas').that.does.not.equal(decision.replicas);
  });

  it('tells what was asked for before the guards', async () => {
    const workload = buildWorkload({ bounds: { minReplicas: 1, maxReplicas: 5 } });
    const bounded = { workload, window: input.window };
    const decision = decided((await planner([bounded]))[0]);
    const { proposed, corrections } = await explainDecision(bounded, decision, planner);
    const [own] = await createPlanner().propose([bounded]);
    expect(corrections.length).to.be.above(0);
    expect(proposed).to.equal(own?.ok && own.replicas);
  });
});
