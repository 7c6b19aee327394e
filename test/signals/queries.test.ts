import { expect } from 'chai';
import fc from 'fast-check';
import { SIGNAL_NAMES } from '../../src/decision/signal.js';
import { buildQueries, quote, targetQuery } from '../../src/signals/queries.js';
import { buildWorkload } from '../support/windows.js';

const queries = (workload = buildWorkload({ model: 'meta-llama/Llama-3.1-8B' })) =>
  buildQueries({ workload, deployment: 'chat', interval: 15 });

/** The string literals of a query, and the query with each replaced by S: what is left is its structure. */
function structure(query: string): string {
  return query.replaceAll(/"(?:[^"\\]|\\.)*"/g, 'S');
}

describe('queries', () => {
  it('exist for every signal but the one only a gateway has', () => {
    expect(Object.keys(queries()).sort()).to.deep.equal(SIGNAL_NAMES.filter((name) => name !== 'arrivalRate').sort());
  });

  it('are all scoped by namespace', () => {
    for (const [name, query] of Object.entries(queries())) {
      for (const selector of query.matchAll(/\{([^}]*)\}/g)) expect(selector[1], name).to.match(/namespace="team-a"/);
    }
  });

  it('follow the latency of the objective', () => {
    const e2e = queries(buildWorkload({ slo: { metric: 'e2e', limit: 10 } }));
    expect(e2e.p99Latency).to.include('vllm:e2e_request_latency_seconds_bucket');
    expect(queries().p99Latency).to.include('vllm:time_to_first_token_seconds_bucket');
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
      fc.property(hostile, hostile, hostile, (namespace, model, name) => {
        const workload = buildWorkload({ namespace, model, name });
        const harmless = buildWorkload({ namespace: 'n', model: 'm', name: 'o' });
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
