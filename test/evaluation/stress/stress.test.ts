import { expect } from 'chai';
import { matrixCases } from '../../../src/evaluation/matrix/matrix-cases.js';
import { loadMatrix } from '../../../src/evaluation/matrix/matrix-file.js';
import { keyOfRun, type PlannedRun } from '../../../src/evaluation/planned-run.js';
import { createPlayer } from '../../../src/evaluation/play-run.js';
import { findVariations } from '../../../src/evaluation/stress/find-variations.js';
import { sampleWindows, stressCases, UNVARIED } from '../../../src/evaluation/stress/stress-cases.js';
import { playStress } from '../../../src/evaluation/stress/stress-rows.js';
import { scoreStress } from '../../../src/evaluation/stress/stress-scores.js';
import type { Variation } from '../../../src/evaluation/stress/variation.js';
import { buildRow } from '../support/rows.js';

const { matrix } = loadMatrix();
const CASES = matrixCases(matrix, 'train', {});

function variationsOf(...names: string[]): readonly Variation[] {
  const found = findVariations(names);
  if (!found.ok) throw new Error(found.error);
  return found.value;
}

describe('windows for a stress run', () => {
  it('are the first of every source before the second of any, and a larger sample holds a smaller one', () => {
    const sources = new Set(CASES.map(({ traffic }) => traffic.split('/')[0]));
    const few = sampleWindows(CASES, sources.size);
    expect(new Set(few.map(({ traffic }) => traffic.split('/')[0])).size).to.equal(sources.size);
    expect(sampleWindows(CASES, sources.size + 5).slice(0, sources.size)).to.deep.equal(few);
    expect(sampleWindows(CASES, 1e6)).to.have.lengthOf(CASES.filter(({ traffic }) => traffic.includes('short')).length);
  });
});

describe('a stress run', () => {
  it('plays every window as it is and varied, under a key of its own', async () => {
    const variations = variationsOf('tolerance', 'pod-crash');
    const cases = await stressCases(sampleWindows(CASES, 3), variations, matrix);
    expect(cases.map(({ variation }) => variation)).to.deep.equal([
      ...[UNVARIED, UNVARIED, UNVARIED],
      ...['tolerance', 'tolerance', 'tolerance'],
      ...['pod-crash', 'pod-crash', 'pod-crash'],
    ]);
    const played: PlannedRun[] = [];
    const rows = await playStress(
      { cases, policies: [{ name: 'planner' }], prices: [30], seeds: [1, 2] },
      async (runs) => {
        played.push(...runs);
        return runs.map((run) => buildRow({ traffic: run.case.traffic, seed: run.seed }));
      },
    );
    expect(new Set(played.map((run) => keyOfRun(run))).size).to.equal(played.length);
    const windows = new Set(CASES.map(({ traffic }) => traffic));
    for (const { traffic } of rows) expect(windows.has(traffic), traffic).to.equal(true);
    expect(rows.filter(({ variation }) => variation === 'pod-crash')).to.have.lengthOf(6);
  });

  it('comes out otherwise where the world is, and else the same', async () => {
    const [one] = CASES.filter(({ traffic }) => traffic === 'synthetic-spike/short-03');
    if (!one) return expect.fail('no such window');
    const short = { ...one, scenario: { ...one.scenario, duration: one.scenario.warmup + 400 } };
    const cases = await stressCases([short], variationsOf('no-headroom', 'pod-crash'), matrix);
    const play = createPlayer(async () => undefined);
    const rows = await playStress({ cases, policies: [{ name: 'hpa' }], prices: [30], seeds: [1] }, async (runs) => {
      const found = await Promise.all(runs.map(play));
      return found.filter((row) => row !== undefined);
    });
    const [unvaried, crashed, hidden] = [UNVARIED, 'pod-crash', 'no-headroom'].map((name) => {
      const row = rows.find(({ variation }) => variation === name);
      return row && { ...row, variation: '' };
    });
    expect(unvaried?.traffic).to.equal('synthetic-spike/short-03');
    // The law does not look at the KV cache.
    expect(hidden).to.deep.equal(unvaried);
    expect(crashed?.lost).to.be.above(unvaried?.lost ?? Number.NaN);
  });

  it('is paired with the windows as they are, or with what the variation names', () => {
    const rows = [
      buildRow({ cost: 2 }),
      { ...buildRow({ cost: 3 }), variation: 'preemption' },
      { ...buildRow({ cost: 5 }), variation: 'preemption-no-headroom' },
    ].map((row) => ({ variation: UNVARIED, ...row }));
    const scores = scoreStress(rows, variationsOf('preemption-no-headroom'), 30);
    expect(scores.map(({ variation, difference }) => [variation, Math.round(difference.estimate)])).to.deep.equal([
      [UNVARIED, 0],
      ['preemption', 1],
      ['preemption-no-headroom', 2],
    ]);
  });

  it('lists policies by what they come to', () => {
    const rows = [
      buildRow({ policy: 'kpa', cost: 3 }),
      buildRow({ policy: 'planner', cost: 2 }),
      buildRow({ policy: 'kpa', setting: 'targetUtilization=0.5', cost: 2.5 }),
    ].map((row) => ({ variation: UNVARIED, ...row }));
    expect(scoreStress(rows, [], 30).map(({ policy }) => policy)).to.deep.equal([
      'planner',
      'kpa:targetUtilization=0.5',
      'kpa',
    ]);
  });
});
