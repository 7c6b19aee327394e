import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { playSingleReplica } from '../../../src/cli/simulate/single-replica.js';
import { renderSingleReplica } from '../../../src/cli/simulate/single-replica-table.js';

describe('kiscaler simulate --single-replica', () => {
  let folder: string;
  let trace: string;
  const play = (options: object = {}) =>
    playSingleReplica({ requests: trace, gpu: 'H100', model: 'llama-3.1-8b', ...options });
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-'));
    trace = join(folder, 'requests.csv');
    const rows = Array.from({ length: 40 }, (_, i) => `${i / 20},${200 + 10 * i},${1 + i}`);
    writeFileSync(trace, `arrival_s,input_tokens,output_tokens\n${rows.join('\n')}\n`);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('plays both engines to the same latencies, and says what they are', () => {
    const result = play();
    const { step, fast } = result.engines;
    expect(result).to.include({ profile: 'h100-llama-3.1-8b', requests: 40 });
    expect(step).to.include({ completed: 40, rejected: 0 });
    for (const latency of ['ttft', 'tpot', 'latency'] as const)
      for (const statistic of ['mean', 'p50', 'p90', 'p99'] as const)
        expect(fast[latency][statistic]).to.be.closeTo(step[latency][statistic], 1e-6);
    expect(renderSingleReplica(result)).to.contain('TTFT p50').and.contain('latency p99').and.not.contain('recorded');
  });

  it('takes longer with a larger c0, fewer slots, or fewer blocks', () => {
    const mean = (options: object): number => play(options).engines.step.latency.mean;
    expect(mean({ c0: 5 })).to.be.above(mean({ c0: 0 }));
    expect(mean({ maxNumSeqs: 1 })).to.be.above(mean({ maxNumSeqs: 40 }));
    expect(mean({ kvBlocks: 60 })).to.be.above(mean({ kvBlocks: 6000 }));
  });

  it('writes one row per request, in order of arrival', () => {
    const requestsOut = join(folder, 'out.csv');
    play({ requestsOut });
    const [header, ...rows] = readFileSync(requestsOut, 'utf8').trimEnd().split('\n');
    expect(header).to.equal('arrival_s,ttft_s,tpot_s,latency_s,outcome');
    expect(rows).to.have.length(40);
    expect(rows[0]).to.match(/^0,0\.\d+,,0\.\d+,completed$/);
    expect(rows[39]).to.match(/^1\.95,0\.\d+,0\.\d+,0\.\d+,completed$/);
  });

  it('reads a log of vLLM, and sets what was recorded beside', () => {
    const log = join(folder, 'requests.jsonl');
    const row = {
      input_toks: 100,
      output_toks: 3,
      arrival_time: 5,
      queued_ts: 1,
      first_token_ts: 1.1,
      last_token_ts: 1.2,
    };
    writeFileSync(log, `${JSON.stringify(row)}\n`);
    const result = play({ requests: log });
    expect(result.recorded?.ttft.mean).to.be.closeTo(0.1, 1e-9);
    expect(renderSingleReplica(result)).to.contain('step / recorded');
  });

  it('finds the c0 that a log was made with from its first half, and meets the second', () => {
    const made = join(folder, 'made.csv');
    play({ c0: 3, requestsOut: made });
    const [, ...rows] = readFileSync(made, 'utf8').trimEnd().split('\n');
    const log = join(folder, 'made.jsonl');
    const entries = rows.map((row, i) => {
      const [arrival = 0, ttft = 0, , latency = 0] = row.split(',').map(Number);
      const stamps = {
        arrival_time: arrival,
        queued_ts: arrival,
        first_token_ts: arrival + ttft,
        last_token_ts: arrival + latency,
      };
      return JSON.stringify({ input_toks: 200 + 10 * i, output_toks: 1 + i, ...stamps });
    });
    writeFileSync(log, entries.join('\n'));
    const { fittedC0_ms, requests, engines, recorded } = play({ requests: log, fitC0: true });
    expect(fittedC0_ms).to.be.closeTo(3, 0.05);
    expect(requests).to.equal(20);
    expect(engines.step.latency.p90 / (recorded?.latency.p90 ?? Number.NaN)).to.be.closeTo(1, 0.02);
    expect(() => play({ requests: log, fitC0: true, c0: 1 })).to.throw('--fit-c0 and --c0 exclude each other');
    expect(() => play({ fitC0: true })).to.throw("--fit-c0: needs vLLM's per-request log");
  });

  it('refuses what is missing, unknown or wrong, by name', () => {
    expect(() => play({ requests: undefined })).to.throw('--requests: must be given');
    expect(() => play({ gpu: undefined })).to.throw('--gpu: must be given');
    expect(() => play({ gpu: 'abacus' })).to.throw('gpu: must be one of');
    expect(() => play({ tp: 3 })).to.throw('no profile of llama-3.1-8b on 3 H100-80GB');
    expect(() => play({ maxNumSeqs: 0 })).to.throw('--max-num-seqs: must be >= 1, found 0');
    expect(() => play({ profile: 't4-resnet-50' })).to.throw('must be of engine vllm, found triton');
    const bad = join(folder, 'bad.csv');
    writeFileSync(bad, 'arrival_s,input_tokens,output_tokens\n0,0,5\n');
    expect(() => play({ requests: bad })).to.throw(`${bad}: line 2: input_tokens`);
  });
});
