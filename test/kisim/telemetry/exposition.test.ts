import { expect } from 'chai';
import { counter, gauge, histogram } from '../../../src/engines/series.js';
import { formatFloat, histogramFamily, renderExposition, single } from '../../../src/kisim/telemetry/exposition.js';

describe('exposition', () => {
  it('is text of format 0.0.4: labels sorted and escaped, buckets cumulative', () => {
    const labels = { model_name: 'a "quoted"\\model\n', engine: '0' };
    const text = renderExposition([
      single(gauge(['vllm:num_requests_running'], 'Running.'), labels, 5),
      single(counter(['vllm:num_preemptions_total'], 'Preemptions.'), { engine: '0' }, 21_000),
      histogramFamily(histogram(['vllm:x_seconds'], [0.5, 1], 'X.'), { engine: '0' }, { counts: [2, 0, 1], sum: 7.25 }),
    ]);
    expect(text.split('\n').slice(4)).to.deep.equal([
      '# TYPE vllm:num_preemptions_total counter',
      'vllm:num_preemptions_total{engine="0"} 21000.0',
      '# HELP vllm:x_seconds X.',
      '# TYPE vllm:x_seconds histogram',
      'vllm:x_seconds_bucket{engine="0",le="0.5"} 2.0',
      'vllm:x_seconds_bucket{engine="0",le="1.0"} 2.0',
      'vllm:x_seconds_bucket{engine="0",le="+Inf"} 3.0',
      'vllm:x_seconds_count{engine="0"} 3.0',
      'vllm:x_seconds_sum{engine="0"} 7.25',
      '',
    ]);
    expect(text).to.include('vllm:num_requests_running{engine="0",model_name="a \\"quoted\\"\\\\model\\n"} 5.0\n');
  });

  const floats: [number, string][] = [
    [0, '0.0'],
    [5, '5.0'],
    [0.25, '0.25'],
    [21_000, '21000.0'],
    [123_456, '123456.0'],
    [1_234_567, '1.234567e+06'],
    [1_000_000, '1e+06'],
    [1_500_000.5, '1.5000005e+06'],
    [12_345_678_901, '1.2345678901e+10'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NaN, 'NaN'],
    [-3, '-3.0'],
  ];
  for (const [value, text] of floats)
    it(`writes ${value} as Python's client does`, () => expect(formatFloat(value)).to.equal(text));
});
