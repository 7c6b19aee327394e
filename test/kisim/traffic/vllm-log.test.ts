import { expect } from 'chai';
import { linesOfText } from '../../../src/kisim/traffic/lines.js';
import { isVllmLog, readVllmLog } from '../../../src/kisim/traffic/vllm-log.js';

const row = (fields: object): string => JSON.stringify({ input_toks: 10, output_toks: 5, ...fields });
const read = (...rows: readonly string[]) => readVllmLog(linesOfText(rows.join('\n')));

describe('per-request log of vLLM', () => {
  it('counts arrivals from the first and lays the clocks over each other at the shortest lag', () => {
    const rows = read(
      row({ arrival_time: 1000, queued_ts: 50.5, first_token_ts: 51, last_token_ts: 53 }),
      row({ arrival_time: 1002, queued_ts: 52.2, first_token_ts: 54.2, last_token_ts: 58.2 }),
    );
    expect(rows.map(({ request }) => request.arrival)).to.deep.equal([0, 2]);
    expect(rows[1]?.request).to.include({ inputTokens: 10, outputTokens: 5 });
    expect(rows[0]?.recorded?.ttft).to.be.closeTo(0.8, 1e-9);
    expect(rows[1]?.recorded?.ttft).to.be.closeTo(2, 1e-9);
    expect(rows[1]?.recorded?.tpot).to.be.closeTo(1, 1e-9);
    expect(rows[1]?.recorded?.latency).to.be.closeTo(6, 1e-9);
  });

  it('may hold requests alone, without what became of them', () => {
    expect(read(row({ arrival_time: 1 }), '')[0]).to.have.property('recorded', undefined);
  });

  it('is told from CSV by its first character', () => {
    expect(isVllmLog(linesOfText('\n{"a": 1}'))).to.equal(true);
    expect(isVllmLog(linesOfText('arrival_s,input_tokens,output_tokens'))).to.equal(false);
    expect(isVllmLog(linesOfText(''))).to.equal(false);
  });

  it('is refused by line, field, value and range', () => {
    expect(() => read(row({ arrival_time: 1 }), row({ arrival_time: 2, output_toks: 0 }))).to.throw(
      'line 2: output_toks: must be >= 1, found 0',
    );
    expect(() => read(row({ arrival_time: 2 }), row({ arrival_time: 1 }))).to.throw(
      'line 2: arrivals must not go back',
    );
    expect(() => read('{')).to.throw('line 1: must be an object in JSON, found "{"');
    expect(() => read('')).to.throw('the log has no rows');
  });
});
