import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { familyCase } from '../../src/evaluation/default-cases.js';
import { type EvaluationCase, evaluate, TrafficError } from '../../src/evaluation/evaluate.js';
import type { EvaluationRow } from '../../src/evaluation/row.js';
import { loadReplicaKind } from '../../src/kisim/replica-kind.js';
import { createPolicy } from '../../src/policies/registry.js';

const loaded = loadReplicaKind('demo-small');
if (!loaded.ok) throw new Error(loaded.error);
const kind = loaded.value;

/** A quarter of an hour of a family. */
function short(family: 'spike' | 'ramp'): EvaluationCase {
  const one = familyCase(family, kind);
  return { ...one, scenario: { ...one.scenario, duration: 900 } };
}

const run = (names: readonly string[], cases = [short('ramp')], seeds = [1]): Promise<readonly EvaluationRow[]> =>
  evaluate({
    cases,
    policies: names.map((name) => createPolicy(name) ?? expect.fail(name)),
    prices: [30],
    seeds,
    onRun: () => {},
  });

describe('evaluate', () => {
  it('lets all policies meet the same requests under one seed, and others under another', async () => {
    const rows = await run(['static-3', 'planner', 'hpa'], [short('spike')], [1, 2]);
    const requests = (seed: number): number[] => rows.filter((row) => row.seed === seed).map((row) => row.requests);
    expect(new Set(requests(1)).size).to.equal(1);
    expect(new Set(requests(2)).size).to.equal(1);
    expect(requests(1)[0]).not.to.equal(requests(2)[0]);
  });

  it('finds a larger static fleet dearer and no worse', async () => {
    const rows = await run(['static-2', 'static-5', 'static-9', 'static-14']);
    for (let i = 1; i < rows.length; i++) {
      expect(rows[i]?.cost).to.be.above(rows[i - 1]?.cost ?? Number.NaN);
      expect(rows[i]?.missRate).to.be.at.most(rows[i - 1]?.missRate ?? Number.NaN);
    }
    expect(rows[0]?.missRate).to.be.above(0.2);
    expect(rows.at(-1)?.missRate).to.be.below(0.02);
  });

  it('gives the same rows again', async () => {
    expect(await run(['planner'])).to.deep.equal(await run(['planner']));
  });

  it('reports progress to the last run, and says which traffic cannot be played', async () => {
    const seen: string[] = [];
    const policies = [createPolicy('static-2') ?? expect.fail()];
    await evaluate({
      cases: [short('ramp')],
      policies,
      prices: [10, 100],
      seeds: [1],
      onRun: (_, done, total) => seen.push(`${done}/${total}`),
    });
    expect(seen).to.deep.equal(['1/2', '2/2']);
    const { scenario } = short('ramp');
    const folder = mkdtempSync(join(tmpdir(), 'kiscaler-'));
    const file = join(folder, 'mine.csv');
    writeFileSync(file, 'time_s,rate_rps\n0,-1\n');
    const traffic = { ...scenario.traffic, pattern: undefined, file };
    const broken: EvaluationCase = { ...short('ramp'), traffic: file, scenario: { ...scenario, traffic } };
    const error = await run(['static-2'], [broken]).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(TrafficError);
    expect((error as Error).message).to.match(/^[^:]*mine\.csv: line 2: rate_rps/);
    rmSync(folder, { recursive: true });
  });
});
