import { expect } from 'chai';
import { createFastForwardEngine, createStepEngine } from '../../../src/kisim/replica/engine.js';
import { summarizeLatencies } from '../../../src/kisim/replica/latency-statistics.js';
import { replay } from '../../../src/kisim/replica/replay.js';
import { latenciesOf } from '../../../src/kisim/replica/request.js';
import { LINEAR_LAW } from '../../support/laws.js';

const OPTIONS = {
  law: LINEAR_LAW,
  maxNumSeqs: 4,
  maxBatchedTokens: 512,
  kvBlocks: 100,
  blockSize: 16,
  ttftBounds: [],
  e2eBounds: [],
};
const request = (arrival: number, inputTokens = 100, outputTokens = 10) => ({ arrival, inputTokens, outputTokens });

describe('replay on one replica', () => {
  it('completes every request that fits, in either engine at the same times', () => {
    const requests = Array.from({ length: 20 }, (_, i) => request(i / 50));
    const [step, fast] = [createStepEngine, createFastForwardEngine].map((make) => replay(requests, OPTIONS, make));
    for (const [i, record] of (step?.records ?? []).entries()) {
      expect(record.outcome).to.equal('completed');
      expect(fast?.records[i]?.finishedAt).to.be.closeTo(record.finishedAt, 1e-9);
    }
  });

  it('rejects what could never fit, and counts its latency nowhere', () => {
    const { records } = replay([request(0), request(1, 2000)], OPTIONS, createStepEngine);
    expect(records.map(({ outcome }) => outcome)).to.deep.equal(['completed', 'rejected']);
    const statistics = summarizeLatencies(records.map(latenciesOf));
    const { latency } = latenciesOf(records[0] as (typeof records)[number]);
    expect(statistics.latency).to.deep.equal({ mean: latency, p50: latency, p90: latency, p99: latency });
  });

  it('has no statistics of nobody', () => {
    expect(summarizeLatencies([]).ttft.p50).to.be.NaN;
  });
});
