import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SIGNALS, type SignalName } from '../../src/decision/signal.js';
import { buildQueries } from '../../src/signals/queries.js';
import { buildWorkload } from '../support/windows.js';
import { canStorePrometheus, StoredPrometheus } from './support/stored-prometheus.js';

const START = 1_700_000_000;
/** The first scrape is that of an idle server, the others that of a busy one. */
const SCRAPES = ['idle', 'busy', 'busy', 'busy'];
const END = START + 15 * (SCRAPES.length - 1) + 1;

/** What kube-state-metrics says of whose the pod is. */
const OWNERS = [
  ['kube_pod_owner', 'pod="classifier-0",owner_kind="ReplicaSet",owner_name="classifier-7d4b9"'],
  ['kube_replicaset_owner', 'replicaset="classifier-7d4b9",owner_kind="Deployment",owner_name="classifier"'],
] as const;

/** Scrapes of a real Triton 2.51.0, 15 s apart, with the labels that Kubernetes discovery adds. */
function openMetrics(): string {
  const families = new Map<string, string[]>();
  SCRAPES.forEach((state, i) => {
    const text = readFileSync(new URL(`../engines/fixtures/triton-2.51.0-${state}.prom`, import.meta.url), 'utf8');
    for (const [name, labels] of OWNERS)
      families.set(name, [...(families.get(name) ?? []), `${name}{namespace="team-a",${labels}} 1 ${START + 15 * i}`]);
    let name = '';
    for (const line of text.split('\n')) {
      if (line.startsWith('# TYPE')) name = line.split(' ')[2] as string;
      if (line === '' || line.startsWith('#')) continue;
      const [, metric, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) as RegExpExecArray;
      const all = [...(labels === '' ? [] : [labels]), 'namespace="team-a"', 'pod="classifier-0"'].join(',');
      families.set(name, [...(families.get(name) ?? []), `${metric}{${all}} ${value} ${START + 15 * i}`]);
    }
  });
  return `${[...families].map(([name, lines]) => `# TYPE ${name} unknown\n${lines.join('\n')}\n`).join('')}# EOF\n`;
}

describe('the preset for Triton on scrapes of a real server', function () {
  this.timeout(60_000);
  let prometheus: StoredPrometheus | undefined;
  const workload = buildWorkload({ engine: 'triton', model: 'classifier', slo: { metric: 'ttft', limit: 1 } });
  const queries = buildQueries({ workload, deployment: 'classifier', interval: 15 });
  const ask = async (name: SignalName, from = queries): Promise<number | undefined> => {
    const range = { start: START + 1, end: END, step: 15 };
    const answers = await prometheus?.queryRange(from[name] as string, range);
    return answers?.get(END);
  };

  before(async function () {
    if (!canStorePrometheus()) {
      process.stderr.write('skipped: prometheus and promtool are not installed\n');
      this.skip();
    }
    prometheus = await StoredPrometheus.start(openMetrics());
  });
  after(() => prometheus?.stop());

  it('answers with what the server had counted', async () => {
    expect(await ask('queueDepth')).to.equal(14);
    expect(await ask('scrapedReplicas')).to.equal(1);
    expect(await ask('sampleAge')).to.equal(1);
    // 60 successes in 47.880183 s of requests; the failure counts as finished and has no duration.
    expect(await ask('meanLatency')).to.be.closeTo(0.798003, 1e-5);
    expect(await ask('p99Latency')).to.be.closeTo(1.256452, 1e-9);
    const finished = (await ask('finishedRate')) as number;
    expect(finished * 60).to.be.within(61 * 0.7, 61 * 1.4);
  });

  it('answers nothing that is out of its range, and has no evidence of what Triton does not have', async () => {
    for (const name of Object.keys(queries) as SignalName[]) {
      const value = await ask(name);
      if (value === undefined || Number.isNaN(value)) continue;
      expect(value, name).to.be.within(SIGNALS[name].min, SIGNALS[name].max);
    }
    for (const name of ['gpuMemoryHeadroom', 'gpuUtilization'] as const) expect(await ask(name)).to.equal(undefined);
  });

  it('answers the same where the pods are found by whose they are', async () => {
    const owned = (deployment: string) =>
      buildQueries({ workload: buildWorkload({ engine: 'triton', slo: workload.slo }), deployment, interval: 15 });
    for (const name of Object.keys(queries) as SignalName[])
      expect(await ask(name, owned('classifier')), name).to.equal(await ask(name));
    expect(await ask('queueDepth', owned('sibling'))).to.equal(undefined);
  });

  it('is idle, and not absent, after the traffic is over', async () => {
    expect(await ask('completionRate')).to.equal(0);
    expect(await ask('runningRequests')).to.equal(0);
  });
});
