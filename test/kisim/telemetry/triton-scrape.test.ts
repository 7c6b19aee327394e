import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { createTritonReplica } from '../../../src/kisim/replica/triton.js';
import { renderExposition } from '../../../src/kisim/telemetry/exposition.js';
import { tritonFamilies } from '../../../src/kisim/telemetry/triton-exposition.js';

const real = (state: string): string =>
  readFileSync(new URL(`../../engines/fixtures/triton-2.51.0-${state}.prom`, import.meta.url), 'utf8');

/** Left out of KISim: the server's own CPU and memory, and copies of tensors as summaries. */
const LEFT_OUT = /nv_pinned|nv_cpu|compute_(input|output)_summary/;

const withoutFigures = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => !LEFT_OUT.test(line))
    .map((line) => (line.startsWith('#') ? line : line.slice(0, line.lastIndexOf(' '))));

function open() {
  const replica = createTritonReplica(
    {
      ...{ maxBatchSize: 16, preferredBatchSizes: [], maxQueueDelay: 0, instances: 1, e2eBounds: [1] },
      law: { base: 0.02, perRequest: 0.004 },
    },
    { onFirstToken: () => {}, onFinished: () => {} },
  );
  return { replica, text: (now: number) => renderExposition(tritonFamilies(replica, 'classifier', now)) };
}

describe('Triton exposition', () => {
  it('is line by line what an idle server shows', () => {
    const lines = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .filter((line) => !LEFT_OUT.test(line));
    expect(lines(open().text(0))).to.deep.equal(lines(real('idle')));
  });

  it('has the lines of a busy server, all with numbers', () => {
    const { replica, text } = open();
    for (let i = 0; i < 60; i++) replica.submit(i, 0, 1, 1, -1, 0);
    replica.advance(10);
    expect(withoutFigures(text(10))).to.deep.equal(withoutFigures(real('busy')));
    expect(text(10)).not.to.include('Nan');
  });

  it('counts requests, executions and microseconds', () => {
    const { replica, text } = open();
    replica.submit(0, 0, 1, 1, -1, 0);
    replica.submit(1, 0.004, 1, 1, -1, 0);
    replica.submit(2, 0.005, 1, 1, -1, 0);
    replica.advance(0.03);
    expect(text(0.03)).to.include('nv_inference_pending_request_count{model="classifier",version="1"} 0\n');
    replica.advance(1);
    for (const line of [
      'nv_inference_request_success{model="classifier",version="1"} 3',
      'nv_inference_count{model="classifier",version="1"} 3',
      'nv_inference_exec_count{model="classifier",version="1"} 2',
      // 24 ms alone; then 20 and 19 ms of waiting for the first, and 28 ms together.
      'nv_inference_queue_duration_us{model="classifier",version="1"} 39000',
      'nv_inference_compute_infer_duration_us{model="classifier",version="1"} 80000',
      'nv_inference_request_duration_us{model="classifier",version="1"} 119000',
      'nv_inference_request_summary_us_count{model="classifier",version="1"} 3',
    ])
      expect(text(1)).to.include(`${line}\n`);
    const [, p99] = /request_summary_us\{.*quantile="0.99"\} (\d+)/.exec(text(1)) ?? [];
    expect(Number(p99)).to.be.closeTo(48_000, 500);
    expect(text(70)).to.match(/request_summary_us\{.*quantile="0.99"\} Nan/);
  });
});
