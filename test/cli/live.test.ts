import { expect } from 'chai';
import { parse } from 'yaml';
import { ManualClock } from '../../src/base/clock.js';
import { openLiveFleet } from '../../src/cli/live/open-live-fleet.js';
import { runPolicyLoop } from '../../src/cli/live/policy-loop.js';
import { renderPrometheusConfig } from '../../src/cli/live/prometheus-config.js';
import { listCases } from '../../src/cli/simulate/cases.js';
import { runScenario } from '../../src/scenarios/run-scenario.js';
import { buildQueries } from '../../src/signals/queries.js';
import { KiscalerProcess, runKiscaler } from '../support/kiscaler-process.js';

/** What queries fall back to: an older name, and the GPU as Triton itself shows it where there is no DCGM exporter. */
const ALTERNATIVES = [
  'vllm:gpu_cache_usage_perc',
  'nv_gpu_memory_used_bytes',
  'nv_gpu_memory_total_bytes',
  'nv_gpu_utilization',
];

const NAMES = { namespace: 'team-a', deployment: 'chat', modelName: 'm' };

async function caseOf(scenario: string) {
  const [one] = await listCases(scenario, { policy: ['planner'], guards: true }, async () => undefined);
  if (!one) throw new Error('no case');
  return one;
}

describe('kiscaler live', () => {
  it('lives the life that simulate plays, where it scales itself', async () => {
    const one = await caseOf('spike');
    const clock = new ManualClock(1_700_000_000);
    const { fleet } = openLiveFleet(one, { clock, speed: 1, ...NAMES });
    const lived: (readonly [number, number, number | undefined])[] = [];
    const ending = new AbortController();
    const loop = runPolicyLoop(
      fleet,
      {
        policy: one.policy,
        guards: true,
        clock,
        onAnswer: (at, { metricTotal }) => lived.push([at, fleet.spec, metricTotal]),
      },
      ending.signal,
    );
    await clock.advance(900);
    ending.abort();
    await loop;
    const played: (readonly [number, number, number | undefined])[] = [];
    await runScenario({
      ...one,
      onTick: ({ tick, answer, replicas }) => played.push([tick, replicas.spec, answer.metricTotal]),
    });
    expect(lived).to.have.length(60);
    expect(lived).to.deep.equal(played.slice(0, 60));
    expect(new Set(lived.map(([, spec]) => spec)).size).to.be.above(1);
  });

  for (const scenario of ['spike', 'triton']) {
    it(`shows every series that a query of its engine asks for, under its newest name: ${scenario}`, async () => {
      const { fleet } = openLiveFleet(await caseOf(scenario), { clock: new ManualClock(0), speed: 1, ...NAMES });
      const [pod = ''] = fleet.servingPods();
      const families = [...(fleet.podFamilies(pod) ?? []), ...fleet.kubeFamilies(), ...fleet.dcgmFamilies()];
      const shown = new Set(
        families.flatMap(({ name, samples }) => samples.map(({ suffix = '' }) => `${name}${suffix}`)),
      );
      const queries = buildQueries({ workload: fleet.workload, deployment: 'chat', interval: 15 });
      for (const [signal, query] of Object.entries(queries)) {
        const asked = [...query.matchAll(/\b(?:vllm:|nv_|kube_|DCGM_)\w+/g)].map(([name]) => name);
        expect(asked, signal).not.to.deep.equal([]);
        const missing = asked.filter((name) => !shown.has(name) && !ALTERNATIVES.includes(name));
        expect(missing, signal).to.deep.equal([]);
      }
    });
  }

  it('says ages in seconds of the wall, at any speed', async () => {
    const clock = new ManualClock(1000);
    const { fleet } = openLiveFleet(await caseOf('spike'), { clock, speed: 20, ...NAMES });
    await clock.advance(200);
    fleet.scaleTo(fleet.spec + 1);
    const created = fleet.kubeFamilies().find(({ name }) => name === 'kube_pod_created');
    expect(created?.samples.at(-1)?.value).to.equal(1000 + 200 / 20);
  });

  it('prints a configuration that finds the targets and keeps their labels', () => {
    expect(parse(renderPrometheusConfig(9123, 0.75))).to.deep.equal({
      global: { scrape_interval: '750ms', scrape_timeout: '750ms' },
      scrape_configs: [
        {
          job_name: 'kisim',
          honor_labels: true,
          http_sd_configs: [{ url: 'http://127.0.0.1:9123/targets', refresh_interval: '750ms' }],
        },
      ],
    });
  });

  it('serves as a process, is scaled over HTTP, and ends well at a signal', async () => {
    const live = new KiscalerProcess(['live', 'spike', '--speed', '30']);
    const [, url = ''] = await live.seen(/url: (http:\S+)\/targets/);
    const put = await fetch(`${url}/replicas`, { method: 'PUT', body: '{"replicas": 4}' });
    expect(((await put.json()) as { spec: number }).spec).to.equal(4);
    live.child.kill('SIGTERM');
    expect(await live.ended).to.equal(0);
  });

  it('ends with 2 and the name of what is wrong', async () => {
    const wrong = await runKiscaler(['live', 'no-such-scenario']);
    expect([wrong.code, wrong.stdout]).to.deep.equal([2, '']);
    expect(wrong.stderr).to.include('no-such-scenario');
  });
});
