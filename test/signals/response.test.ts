import { expect } from 'chai';
import fc from 'fast-check';
import { parseMatrix, parseVector } from '../../src/signals/response.js';

const vector = (result: unknown, rest: object = {}) => ({
  status: 'success',
  ...rest,
  data: { resultType: 'vector', result },
});
const one = (value: unknown, metric: unknown = {}) => vector([{ metric, value }]);

describe("Prometheus' answers", () => {
  it('are one sample, or none', () => {
    expect(parseVector(one([10, '2.5']))).to.deep.equal({
      ok: true,
      value: { samples: [{ at: 10, value: 2.5 }], labels: {}, isPartial: false },
    });
    expect(parseVector(vector([]))).to.deep.include({ ok: true });
  });

  it('M8: are refused when a value is no number, and never read as 0', () => {
    for (const value of ['', ' ', '1e400', '12abc', '0x10', 'null', '１'])
      expect(parseVector(one([10, value])).ok, value).to.equal(false);
    for (const pair of [[10], [10, 5], [10, '1', '2'], ['10', '1'], null, [Number.NaN, '1']]) {
      expect(parseVector(one(pair)).ok, JSON.stringify(pair)).to.equal(false);
    }
  });

  it('M8: NaN is no evidence and infinity is kept for the range check', () => {
    const nan = parseVector(one([10, 'NaN']));
    expect(nan.ok && nan.value.samples[0]?.value).to.satisfy(Number.isNaN);
    const infinite = parseVector(one([10, '+Inf']));
    expect(infinite.ok && infinite.value.samples[0]?.value).to.equal(Number.POSITIVE_INFINITY);
  });

  it('M9: are refused when there are two series, or another type than asked for', () => {
    const series = { metric: {}, value: [10, '1'] };
    expect(parseVector(vector([series, series])).ok).to.equal(false);
    expect(parseVector({ status: 'success', data: { resultType: 'scalar', result: [10, '1'] } }).ok).to.equal(false);
    expect(parseMatrix(one([10, '1'])).ok).to.equal(false);
  });

  it('M6: are an error when they say so, whatever the HTTP status, and partial when they warn', () => {
    expect(parseVector({ status: 'error', errorType: 'timeout', error: 'x' }).ok).to.equal(false);
    const warned = parseVector(vector([], { warnings: ['remote storage missing'] }));
    expect(warned.ok && warned.value.isPartial).to.equal(true);
  });

  it('M5: never throw, whatever comes', () => {
    fc.assert(fc.property(fc.anything(), (body) => void [parseVector(body), parseMatrix(body)]));
  });
});
