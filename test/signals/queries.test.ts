import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { SIGNAL_NAMES } from '../../src/decision/signal.js';
import { quote } from '../../src/signals/promql.js';
import { buildQueries, targetQuery } from '../../src/signals/queries.js';
import { buildWorkload } from '../support/windows.js';

const queries = (workload = buildWorkload({ model: 'meta-llama/Llama-3.1-8B' })) =>
  buildQueries({ workload, deployment: 'chat', interval: 15 });

/** The string literals of a query, and the query with each replaced by S: what is left is its structure. */
function structure(query: string): string {
  return query.replaceAll(/"(?:[^"\\]|\\.)*"/g, 'S');
}

const ENGINES = ['vllm', 'triton'] as const;

describe('queries', () => {
  it('exist for every signal but the one only a gateway has', () => {
    expect(Object.keys(queries()).sort()).to.deep.equal(SIGNAL_NAMES.filter((name) => name !== 'arrivalRate').sort());
  });

  it('ask a gateway for the arrivals of one model, as it writes its name, and only where one is named', () => {
    const arrivals = 'dynamo' as const;
    for (const engine of ENGINES) {
      const query = queries(buildWorkload({ engine, arrivals, model: 'Org/Chat"}' })).arrivalRate;
      expect(query).to.equal(
        'sum(rate(dynamo_frontend_requests_started_total{namespace="team-a",model="org/chat\\"}"}[30000ms]))',
      );
      expect(queries(buildWorkload({ engine, arrivals }))).to.not.have.property('arrivalRate');
      expect(queries(buildWorkload({ engine, model: 'Org/Chat' }))).to.not.have.property('arrivalRate');
    }
  });

  it('of Triton exist but for tokens, KV cache and preemptions, which it does not have', () => {
    const absent = ['arrivalRate', 'kvUsage', 'promptTokenRate', 'generationTokenRate', 'preemptionRate'];
    const built = queries(buildWorkload({ engine: 'triton' }));
    expect(Object.keys(built).sort()).to.deep.equal(SIGNAL_NAMES.filter((name) => !absent.includes(name)).sort());
  });

  for (const engine of ENGINES) {
    it(`of ${engine} are all scoped by namespace`, () => {
      for (const workload of [buildWorkload({ engine }), buildWorkload({ engine, model: 'm' })]) {
        for (const [name, query] of Object.entries(queries(workload))) {
          for (const selector of query.matchAll(/\{([^}]*)\}/g))
            expect(selector[1], name).to.match(/namespace="team-a"/);
        }
      }
    });
  }

  it('of Triton ask for series and labels that a real server has', () => {
    const scrape = readFileSync(new URL('../engines/fixtures/triton-2.51.0-busy.prom', import.meta.url), 'utf8');
    const workload = buildWorkload({ engine: 'triton', model: 'classifier', slo: { metric: 'e2e', limit: 1 } });
    const selectors = Object.values(queries(workload)).flatMap((query) => [
      ...query.matchAll(/(nv_inference_\w+)\{([^}]*)\}/g),
    ]);
    expect(selectors).to.have.length.above(10);
    for (const [, name, matchers = ''] of selectors) {
      const wanted = matchers.split(',').filter((matcher) => !matcher.startsWith('namespace='));
      const lines = scrape.split('\n').filter((line) => line.startsWith(`${name}{`));
      expect(
        lines.some((line) => wanted.every((matcher) => line.includes(matcher))),
        `${name} ${matchers}`,
      ).to.equal(true);
    }
  });

  it('of Triton prefer the histogram of streaming models for a time to first token, and never a dead one', () => {
    const ttft = queries(buildWorkload({ engine: 'triton', slo: { metric: 'ttft', limit: 1 } })).p99Latency;
    expect(ttft).to.match(/^\(1e-3 \* histogram_quantile\(.*\) >= 0\) or \(1e-6 \* max\(/);
  });

  it('follow the latency of the objective', () => {
    const e2e = queries(buildWorkload({ slo: { metric: 'e2e', limit: 10 } }));
    expect(e2e.p99Latency).to.include('vllm:e2e_request_latency_seconds_bucket');
    expect(queries().p99Latency).to.include('vllm:time_to_first_token_seconds_bucket');
  });

  it('ask for the age of samples by bare selectors, which alone keep their time', () => {
    for (const engine of ENGINES)
      for (const workload of [buildWorkload({ engine }), buildWorkload({ engine, model: 'm' })])
        expect(queries(workload).sampleAge).to.match(/timestamp\([\w:]+\{[^}]*\}\)/);
  });

  it("select the target's pods by ownership where no model is named", () => {
    expect(queries(buildWorkload()).queueDepth)
      .to.include('kube_replicaset_owner{namespace="team-a"')
      .and.include('owner_name="chat"');
  });

  it('T6: nothing that a tenant supplies changes their structure', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('a"} or vector(999) or x{y="', '\\', '\\"', '\n', '.*', '[5m]', '"', "'"),
    );
    fc.assert(
      fc.property(fc.constantFrom(...ENGINES), hostile, hostile, hostile, (engine, namespace, model, name) => {
        const workload = buildWorkload({ engine, namespace, model, name });
        const harmless = buildWorkload({ engine, namespace: 'n', model: 'm', name: 'o' });
        const built = buildQueries({ workload, deployment: name, interval: 15 });
        const plain = buildQueries({ workload: harmless, deployment: 'd', interval: 15 });
        for (const signal of SIGNAL_NAMES) {
          expect(structure(built[signal] ?? '')).to.equal(structure(plain[signal] ?? ''));
        }
        expect(structure(targetQuery(workload))).to.equal(structure(targetQuery(harmless)));
      }),
    );
  });

  it('quote what a string literal cannot hold', () => {
    expect(quote('a"b\\c\nd')).to.equal('"a\\"b\\\\c\\nd"');
  });
});
