import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type PlayAll, withPlayers } from '../../../src/cli/evaluate/play-all.js';
import { UsageError } from '../../../src/cli/simulate/usage-error.js';
import { traceCase } from '../../../src/evaluation/default-cases.js';
import { type PlannedRun, planRuns } from '../../../src/evaluation/planned-run.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';

const loaded = loadReplicaKind('demo-small');
if (!loaded.ok) throw new Error(loaded.error);
const named = { name: 'demo-small', kind: loaded.value };

describe('playing runs over threads', function () {
  // Threads load the simulator anew.
  this.timeout(60_000);
  let folder: string;
  let runs: readonly PlannedRun[];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-'));
    const file = join(folder, 'mine.csv');
    writeFileSync(file, 'time_s,rate_rps\n0,3\n120,9\n');
    const cases = [traceCase(file, named)];
    const policies = [{ name: 'static-2' }, { name: 'planner' }, { name: 'kpa:guards=on' }];
    runs = planRuns({ cases, policies, prices: [30], seeds: [1] });
  });
  after(() => rmSync(folder, { recursive: true }));

  const rowsOf = (workers: number, resume?: string): Promise<Awaited<ReturnType<PlayAll>>> =>
    withPlayers({ workers, resume }, (playAll) => playAll(runs));

  it('gives the same rows as one thread, keeps them, and plays none of them again', async () => {
    const resume = join(folder, 'rows.jsonl');
    const rows = await rowsOf(2, resume);
    expect(rows).to.have.lengthOf(3);
    expect(await rowsOf(1)).to.deep.equal(rows);
    const kept = readFileSync(resume, 'utf8');
    expect(await rowsOf(1, resume)).to.deep.equal(rows);
    expect(readFileSync(resume, 'utf8')).to.equal(kept);
  });

  it('goes on after a line that was cut off, and refuses a file of something else', async () => {
    const resume = join(folder, 'cut.jsonl');
    const rows = await rowsOf(1, resume);
    const kept = readFileSync(resume, 'utf8');
    writeFileSync(resume, kept.slice(0, -10));
    expect(await rowsOf(1, resume)).to.deep.equal(rows);
    expect(readFileSync(resume, 'utf8')).to.equal(kept);
    writeFileSync(resume, 'time,value\n');
    const error = await rowsOf(1, resume).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(UsageError);
    expect((error as Error).message).to.match(/cut\.jsonl: line 1: must be a row/);
  });

  it("brings what is the user's to put right back from a thread", async () => {
    const broken = runs.map((run) => ({
      ...run,
      case: {
        ...run.case,
        scenario: { ...run.case.scenario, traffic: { ...run.case.scenario.traffic, file: 'no.csv' } },
      },
    }));
    const error = await withPlayers({ workers: 2 }, (playAll) => playAll(broken)).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(UsageError);
    expect((error as Error).message).to.match(/no\.csv/);
  });
});
