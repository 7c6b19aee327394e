import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createFastForwardEngine, createStepEngine } from '../../../src/kisim/replica/engine.js';
import { DATA, WITHOUT_DATA } from '../../support/data.js';

interface Workload {
  readonly name: string;
  readonly kv_blocks: number;
  readonly block_size: number;
  readonly max_num_seqs: number;
  readonly max_num_batched_tokens: number;
  readonly prefix_caching: boolean;
  readonly law: { readonly a: number; readonly m: number; readonly b: number; readonly g: number; readonly p: number };
  readonly preemptions: number;
}

/** Recorded to the microsecond, so that two roundings may differ by as much again. */
const TOLERANCE = 2e-6;

const folder = DATA ? join(DATA, 'vllm_scheduler') : '';
const workloads: readonly Workload[] = DATA ? JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) : [];

function replay(workload: Workload, make: typeof createStepEngine) {
  const text = gunzipSync(readFileSync(join(folder, `${workload.name}.csv.gz`))).toString();
  const rows = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  let largestError = 0;
  let preemptions = 0;
  const firstToken = new Float64Array(rows.length);
  const { law } = workload;
  const options = {
    law: { base: law.a, perToken: law.m, perDecode: law.b, perKvToken: law.g, perPrefillPair: law.p },
    maxNumSeqs: workload.max_num_seqs,
    maxBatchedTokens: workload.max_num_batched_tokens,
    kvBlocks: workload.kv_blocks,
    blockSize: workload.block_size,
    prefixCaching: workload.prefix_caching,
    ttftBounds: [1],
    e2eBounds: [1],
  };
  const replica = make(options, {
    onFirstToken: (request, at) => {
      firstToken[request] = at;
    },
    onFinished: (request, at, _outcome, scheduledAt, preempted) => {
      const [arrival = 0, , , , , queue = 0, ttft = 0, latency = 0, expectedPreemptions = 0] = rows[request] ?? [];
      const errors = [
        scheduledAt - arrival - queue,
        (firstToken[request] ?? 0) - arrival - ttft,
        at - arrival - latency,
      ];
      largestError = Math.max(largestError, ...errors.map(Math.abs));
      preemptions += preempted;
      expect(preempted).to.equal(expectedPreemptions);
    },
  });
  for (const [i, [arrival = 0, input = 0, output = 0, group = -1, prefix = 0]] of rows.entries())
    replica.submit(i, arrival, input, output, group, prefix);
  replica.advance(1e9);
  expect(replica.counters.finished).to.equal(rows.length);
  return { largestError, preemptions };
}

describe(`vLLM 0.32's own scheduler${WITHOUT_DATA}`, () => {
  if (!DATA) it('is not compared here');
  for (const workload of workloads) {
    for (const [engine, make] of [
      ['step engine', createStepEngine],
      ['fast-forward', createFastForwardEngine],
    ] as const) {
      it(`${workload.name}: the ${engine} equals it request by request`, () => {
        const { largestError, preemptions } = replay(workload, make);
        expect(largestError).to.be.below(TOLERANCE);
        expect(preemptions).to.equal(workload.preemptions);
      });
    }
  }
});
