import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { simulateCommand } from '../../../src/cli/commands/simulate.js';
import type { SimulateOptions } from '../../../src/cli/simulate/options.js';
import { simulate } from '../../../src/cli/simulate/play.js';
import { renderRuns } from '../../../src/cli/simulate/table.js';
import { UsageError } from '../../../src/cli/simulate/usage-error.js';

const SCENARIO = `version: 1
name: tiny
profile: demo-small
traffic: { file: trace.csv }
replicas: { min: 1, max: 3 }
`;
const TRACE = `time_s,rate_rps\n0,1\n90,4\n`;

describe('kiscaler simulate', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  const run = (scenario: string | undefined, options: Partial<SimulateOptions> = {}) =>
    simulate(
      scenario,
      { guards: true, ...options },
      async () => undefined,
      () => ({ start: () => {}, at: () => {}, end: () => {} }),
    );
  const failure = async (scenario: string | undefined, options: Partial<SimulateOptions> = {}): Promise<string> => {
    try {
      await run(scenario, options);
    } catch (error) {
      expect(error).to.be.instanceOf(UsageError);
      return (error as Error).message;
    }
    throw new Error('it was accepted');
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-'));
    writeFileSync(path('tiny.yaml'), SCENARIO);
    writeFileSync(path('trace.csv'), TRACE);
    writeFileSync(path('bad.csv'), 'arrival_s,input_tokens,output_tokens\n1,1,1\n0,1,1\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('plays a scenario file, its trace found beside it, under every policy named', async () => {
    const results = await run(path('tiny.yaml'), { policy: ['planner', 'static-2'], seed: 3 });
    expect(results.map(({ traffic, policy, seed }) => [traffic, policy, seed])).to.deep.equal([
      ['tiny', 'planner', 3],
      ['tiny', 'static-2', 3],
    ]);
    expect(results[0]?.statistics.injected).to.be.above(100).and.equal(results[1]?.statistics.injected);
    const table = renderRuns(results);
    expect(table).to.match(/tiny.*planner.*static-2/);
    for (const label of ['requests', 'misses', 'TTFT p50 / p95 / p99', 'TPOT', 'e2e', 'replica-hours', 'cost ratio'])
      expect(table).to.match(new RegExp(`${label}.*\\d`));
  });

  it('plays the same to the last byte for the same seed', async () => {
    const once = await run(path('tiny.yaml'), { seed: 5 });
    expect(JSON.stringify(await run(path('tiny.yaml'), { seed: 5 }))).to.equal(JSON.stringify(once));
  });

  it('changes bounds, seed and duration of any scenario, one with faults that never end too', async () => {
    writeFileSync(path('faulty.yaml'), `${SCENARIO}faults: [{ kind: slow-start, at: 30, factor: 2 }]\n`);
    const [result] = await run(path('faulty.yaml'), { replicasMin: 2, seed: 9, duration: '60s' });
    expect(result?.seed).to.equal(9);
    expect(result?.statistics.counted).to.be.within(60, 140);
    expect(await failure(path('faulty.yaml'), { duration: '1s' })).to.match(/^duration: must be a duration from 60s/);
  });

  it("puts traces in the place of the scenario's traffic", async () => {
    const results = await run('spike', {
      traffic: [path('trace.csv'), path('trace.csv')],
      replicasMin: 2,
      replicasMax: 2,
    });
    expect(results.map(({ statistics }) => Math.round(statistics.replicaSeconds / statistics.counted))).to.deep.equal([
      2, 2,
    ]);
    expect(results[0]?.statistics.counted).to.be.within(90, 200);
  });

  it('writes every request and every tick', async () => {
    const [result] = await run(path('tiny.yaml'), { requestsOut: path('requests.csv'), ticksOut: path('ticks.csv') });
    const requests = readFileSync(path('requests.csv'), 'utf8').trimEnd().split('\n');
    const ticks = readFileSync(path('ticks.csv'), 'utf8').trimEnd().split('\n');
    expect(requests).to.have.length(1 + (result?.statistics.injected ?? 0));
    expect(requests[0]).to.match(/^arrival_s,ttft_s,tpot_s,latency_s,outcome,input_tokens,output_tokens,/);
    expect(requests[1]).to.match(/^(\d+\.\d+,){4}completed,\d+,\d+,.*,tiny,planner$/);
    expect(ticks).to.have.length(1 + (result?.ticks ?? 0));
  });

  it('writes times that add up, and nothing where a request never came that far', async () => {
    await run('spike', { policy: ['static-1'], requestsOut: path('requests.csv') });
    const [head, ...rows] = readFileSync(path('requests.csv'), 'utf8').trimEnd().split('\n');
    const at = (row: string, column: string): string =>
      row.split(',')[head?.split(',').indexOf(column) ?? -1] as string;
    const outcomes = new Set(rows.map((row) => at(row, 'outcome')));
    expect(outcomes).to.include.members(['completed', 'timed-out']);
    for (const row of rows.slice(0, 3000)) {
      const [ttft, tpot, latency] = ['ttft_s', 'tpot_s', 'latency_s'].map((name) => at(row, name)) as [
        string,
        string,
        string,
      ];
      expect(latency !== '', row).to.equal(at(row, 'outcome') === 'completed');
      expect(ttft !== '', row).to.equal(at(row, 'first_token_s') !== '');
      if (tpot === '') continue;
      const decoding = Number(tpot) * (Number(at(row, 'output_tokens')) - 1);
      expect(Number(ttft) + decoding).to.be.closeTo(Number(latency), 1e-4);
    }
  });

  it('lets a policy through uncorrected where asked to', async () => {
    await run(path('tiny.yaml'), { policy: ['planner'], guards: false, ticksOut: path('ticks.csv') });
    const [, ...rows] = readFileSync(path('ticks.csv'), 'utf8').trimEnd().split('\n');
    expect(new Set(rows.map((row) => row.split(',')[4]))).to.satisfy((sources: Set<string>) => !sources.has('planner'));
    expect(rows.some((row) => row.includes(',unguarded,'))).to.equal(true);
  });

  it('writes a report of all runs, and changes nothing by it', async () => {
    const policy = ['planner', 'static-2'];
    const results = await run(path('tiny.yaml'), { policy, html: path('report.html') });
    expect(await run(path('tiny.yaml'), { policy })).to.deep.equal(results);
    const html = readFileSync(path('report.html'), 'utf8');
    expect(html).to.match(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(html).to.include('<th scope="col">static-2</th>').and.to.include('profile: demo-small');
  });

  it('writes over no file that it reads, and no file twice', async () => {
    const trace = path('trace.csv');
    expect(await failure('spike', { traffic: [trace], requestsOut: trace })).to.match(/^--requests-out: .*--traffic/);
    expect(await failure(path('tiny.yaml'), { html: path('tiny.yaml') })).to.match(/^--html: .*the scenario/);
    expect(await failure(path('tiny.yaml'), { ticksOut: trace })).to.match(/^--ticks-out: .*the traffic/);
    const twice = { requestsOut: path('x.csv'), ticksOut: join(folder, '.', 'x.csv') };
    expect(await failure(path('tiny.yaml'), twice)).to.match(/^--ticks-out: .*--requests-out/);
    expect(readFileSync(trace, 'utf8')).to.equal(TRACE);
  });

  it('leaves what was there where a run fails, and nothing half beside it', async () => {
    const names = { requestsOut: path('kept.csv'), ticksOut: path('kept-ticks.csv'), html: path('kept.html') };
    for (const file of Object.values(names)) writeFileSync(file, 'kept');
    await failure('spike', { traffic: [path('bad.csv')], ...names });
    for (const file of Object.values(names)) expect(readFileSync(file, 'utf8')).to.equal('kept');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
  });

  it('says at once where a file cannot be written', async () => {
    const error = await run(path('tiny.yaml'), { html: path('no/such/folder.html') }).catch((cause: unknown) => cause);
    expect(String(error)).to.match(/ENOENT.*folder\.html/);
  });

  it('writes who answered each tick, and why nobody did', async () => {
    await run('outage', { policy: ['planner'], ticksOut: path('ticks.csv') });
    const text = readFileSync(path('ticks.csv'), 'utf8');
    expect(text).to.match(/^\d+,outage,planner,\d+,planner,|^\d+,outage,planner,\d+,policy,/m);
    expect(text).to.match(/^\d+,outage,planner,,refusal,KIS_METRICS_STALE,/m);
  });

  it('names the file and line of a bad trace', async () => {
    expect(await failure(undefined, { traffic: [path('bad.csv')] })).to.match(
      /bad\.csv: line 3: arrivals must not go back/,
    );
  });

  it('says what is wrong with a scenario, a profile, a policy and bounds', async () => {
    expect(await failure('no-such')).to.match(/no-such: no such file, and no scenario of that name \(.*daily/);
    expect(await failure('spike', { profile: 'no-gpu' })).to.match(/unknown profile "no-gpu"/);
    expect(await failure('spike', { policy: ['oracle'] })).to.match(/policy oracle: there are learned, qplan, planner/);
    expect(await failure('spike', { policy: ['learned'] })).to.match(/no model is there to load/);
    expect(await failure('spike', { replicasMin: 5, replicasMax: 2 })).to.match(
      /replicas\.min: must be <= replicas\.max/,
    );
  });

  it('has a description for every option', () => {
    const options = simulateCommand().options;
    expect(options.map(({ long }) => long)).to.include.members([
      '--traffic',
      '--policy',
      '--profile',
      '--seed',
      '--json',
    ]);
    for (const option of options) expect(option.description, option.long).to.have.length.above(5);
  });
});
