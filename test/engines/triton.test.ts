import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import parse from 'parse-prometheus-text-format';
import type { Series } from '../../src/engines/series.js';
import { TRITON, TRITON_FAILURES, TRITON_QUANTILES } from '../../src/engines/triton.js';

/**
 * Scrapes of a real Triton 2.51.0 (nvidia-pytriton 0.7.0) with one Python model on a machine without a GPU, summary_latencies and
 * histogram_latencies on: before its first request, and after 60 successes and a failure with 14 requests waiting.
 */
const scrape = (state: 'idle' | 'busy'): string =>
  readFileSync(new URL(`./fixtures/triton-2.51.0-${state}.prom`, import.meta.url), 'utf8');

/** Documented, and not there without a GPU or before 2.52. */
const ABSENT: readonly Series[] = [
  TRITON.firstResponse,
  TRITON.gpuUtilization,
  TRITON.gpuMemoryTotal,
  TRITON.gpuMemoryUsed,
];

describe('Triton from outside, as 2.51.0 exposed it', () => {
  const text = scrape('busy');

  for (const series of Object.values(TRITON)) {
    const isAbsent = ABSENT.includes(series);
    it(`${series.names[0]}: ${isAbsent ? 'not there' : 'same kind and help'}`, () => {
      const header = `# HELP ${series.names[0]} ${series.help}\n# TYPE ${series.names[0]} ${series.kind}\n`;
      expect(text.includes(header)).to.equal(!isAbsent);
    });
  }

  it('has a series for every reason of failure and every quantile', () => {
    for (const reason of TRITON_FAILURES)
      expect(text).to.include(`nv_inference_request_failure{model="classifier",reason="${reason}",version="1"} `);
    const quantiles = text.matchAll(/^nv_inference_request_summary_us\{.*quantile="([^"]+)"\}/gm);
    expect([...quantiles].map(([, q]) => Number(q))).to.deep.equal([...TRITON_QUANTILES]);
  });

  it('prints Nan for quantiles without traffic, which a parser must take for no number', () => {
    expect(scrape('idle')).to.match(/quantile="0.99"\} Nan$/m);
    const pending = parse(text).find(({ name }) => name === TRITON.pending.names[0]);
    // The name ends like a histogram's count, and is a gauge.
    expect([pending?.type, pending?.metrics[0]?.value]).to.deep.equal(['GAUGE', '14']);
  });
});
