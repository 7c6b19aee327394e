import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { compareWithOracle } from '../../../src/kisim/oracle/compare-oracle.js';
import {
  listOracleWorkloads,
  type OracleWorkload,
  readOracleWorkload,
} from '../../../src/kisim/oracle/oracle-workload.js';
import { DATA, WITHOUT_DATA } from '../../support/data.js';

/** Recorded to the microsecond, so that two roundings may differ by as much again. */
const TOLERANCE = 2e-6;

const folder = DATA ? join(DATA, 'vllm_scheduler') : '';
const listed = DATA ? listOracleWorkloads(folder) : undefined;

function load(name: string): OracleWorkload {
  const workload = readOracleWorkload(folder, name);
  if (!workload.ok) throw new Error(workload.error);
  return workload.value;
}

describe(`vLLM 0.32's own scheduler${WITHOUT_DATA}`, () => {
  if (!DATA) it('is not compared here');
  for (const name of listed?.ok ? listed.value : []) {
    it(`${name}: both engines equal it request by request`, () => {
      for (const { maxRequestError_s, preemptions, within } of compareWithOracle(load(name))) {
        expect(maxRequestError_s).to.be.below(TOLERANCE);
        expect(preemptions[0]).to.equal(preemptions[1]);
        expect(within).to.equal(true);
      }
    });
  }
  if (DATA)
    it('is told apart from another one: a step law that is 2 % slower is not within', () => {
      const { entry, rows } = load('02-busy');
      const slower = { ...entry, law: { ...entry.law, a: entry.law.a * 1.02 } };
      for (const { within } of compareWithOracle({ entry: slower, rows })) expect(within).to.equal(false);
    });
});

describe('an oracle folder', () => {
  const entry = {
    name: 'one',
    kv_blocks: 10,
    block_size: 16,
    max_num_seqs: 4,
    max_num_batched_tokens: 64,
    law: { a: 0.01, m: 0, b: 0, g: 0, p: 0 },
  };
  const header = 'arrival_s,input_tokens,output_tokens,prefix_group,prefix_tokens,queue_s,ttft_s,latency_s,preemptions';

  function folderWith(index: unknown, csv: string): string {
    const path = mkdtempSync(join(tmpdir(), 'oracle-'));
    writeFileSync(join(path, 'index.json'), JSON.stringify(index));
    writeFileSync(join(path, 'one.csv'), csv);
    return path;
  }

  it('may hold plain CSV, and is replayed by hand: two steps of 10 ms', () => {
    const workload = readOracleWorkload(folderWith([entry], `${header}\n0.5,10,2,-1,0,0,0.01,0.02,0\n`), 'one');
    if (!workload.ok) throw new Error(workload.error);
    for (const { within } of compareWithOracle(workload.value)) expect(within).to.equal(true);
  });

  const broken: readonly [string, unknown, string, RegExp][] = [
    ['a missing workload', [], `${header}\n`, /one: not in .*index\.json/],
    ['a bad entry', [{ ...entry, kv_blocks: 0 }], `${header}\n`, /0\.kv_blocks: .*>=\s*1/],
    ['a bad number', [entry], `${header}\n0,x,2,-1,0,0,0,0,0\n`, /line 2: input_tokens must be a number, found "x"/],
    ['arrivals that go back', [entry], `${header}\n2,1,1,-1,0,0,0,0,0\n1,1,1,-1,0,0,0,0,0\n`, /line 3: .*go back/],
    ['no rows', [entry], `${header}\n`, /no rows/],
  ];
  for (const [what, index, csv, message] of broken)
    it(`is refused with ${what}`, () => {
      const workload = readOracleWorkload(folderWith(index, csv), 'one');
      expect(workload.ok).to.equal(false);
      if (!workload.ok) expect(workload.error).to.match(message);
    });
});
