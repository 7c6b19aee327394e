import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.js';
import type { Fault } from '../../../src/kisim/fault.js';
import { createLiveFleet, type LiveFleet } from '../../../src/kisim/live/live-fleet.js';
import { type LiveServer, startLiveServer } from '../../../src/kisim/live/live-server.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import { FLEET_RUN_DEFAULTS } from '../../../src/scenarios/create-fleet-run.js';
import { testRunOptions, testTraffic, testWorkload } from '../support/runs.js';

const EPOCH = 1_700_000_000;

function liveFleet(clock: ManualClock, faults: readonly Fault[] = [], name = 'demo-small'): LiveFleet {
  const kind = loadReplicaKind(name);
  if (!kind.ok) throw new Error(kind.error);
  const { profile, createReplica, latencyBounds } = kind.value;
  const options = testRunOptions(1, {
    workload: testWorkload({ profile }),
    profile,
    createReplica,
    latencyBounds: latencyBounds.ttft,
    traffic: testTraffic(1, { low: 3, high: 3, duration: 600 }),
    faults,
  });
  return createLiveFleet({
    simulation: { ...FLEET_RUN_DEFAULTS, ...options },
    clock,
    deployment: 'llm',
    modelName: 'demo/chat-8b',
  });
}

function sampleOf(text: string, series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
}

describe('live fleet', () => {
  let clock: ManualClock;
  let fleet: LiveFleet;
  let server: LiveServer;
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${server.port}${path}`);
  const text = async (path: string): Promise<string> => (await get(path)).text();

  beforeEach(async () => {
    clock = new ManualClock(EPOCH);
    fleet = liveFleet(clock);
    server = await startLiveServer(fleet);
  });
  afterEach(() => server.close());

  it('lists pods with the labels of Kubernetes discovery, and the exporters, for http_sd', async () => {
    const targets = (await (await get('/targets')).json()) as { targets: string[]; labels: Record<string, string> }[];
    expect(targets.map(({ labels }) => labels)).to.deep.equal([
      { __metrics_path__: '/pods/llm-kisim-0/metrics', job: 'engine', namespace: 'test', pod: 'llm-kisim-0' },
      { __metrics_path__: '/pods/llm-kisim-1/metrics', job: 'engine', namespace: 'test', pod: 'llm-kisim-1' },
      { __metrics_path__: '/kube-state-metrics', job: 'kube-state-metrics' },
      { __metrics_path__: '/dcgm', job: 'dcgm' },
    ]);
    expect(targets[0]?.targets).to.deep.equal([`127.0.0.1:${server.port}`]);
  });

  it('shows a pod of Triton in its own words, its counters from zero after a crash, and GPU memory that grows', async () => {
    const triton = liveFleet(clock, [{ kind: 'pod-crash', at: 100, pods: 1 }], 't4-bert-large-384');
    const other = await startLiveServer(triton);
    const scrape = async (path: string): Promise<string> =>
      (await fetch(`http://127.0.0.1:${other.port}${path}`)).text();
    const success = 'nv_inference_request_success{model="demo/chat-8b",version="1"}';
    const used = (dcgm: string): number =>
      Number(/^DCGM_FI_DEV_FB_USED\{.*pod="llm-kisim-0".*\} (\S+)$/m.exec(dcgm)?.[1]);
    const pod = '/pods/llm-kisim-0/metrics';
    const loaded = used(await scrape('/dcgm'));
    await clock.advance(99);
    const before = sampleOf(await scrape(pod), success);
    expect(before).to.be.above(50);
    expect(used(await scrape('/dcgm'))).to.be.above(loaded);
    await clock.advance(200);
    const after = await scrape(pod);
    expect(sampleOf(after, success)).to.be.within(1, 600);
    expect(after).to.match(/^nv_inference_request_summary_us\{.*quantile="0.99"\} \d+$/m);
    await other.close();
  });

  it('shows a crash as Prometheus would see it: no endpoint while the container is down, counters from zero after it', async () => {
    const crashing = liveFleet(clock, [{ kind: 'pod-crash', at: 100, pods: 1 }]);
    const other = await startLiveServer(crashing);
    const scrape = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${other.port}${path}`);
    const finished = 'vllm:request_success_total{engine="0",finished_reason="stop",model_name="demo/chat-8b"}';
    const pod = '/pods/llm-kisim-0/metrics';
    await clock.advance(99);
    const before = sampleOf(await (await scrape(pod)).text(), finished);
    await clock.advance(2);
    expect((await scrape(pod)).status).to.equal(404);
    const kube = await (await scrape('/kube-state-metrics')).text();
    expect(kube).to.match(/kube_pod_container_status_restarts_total\{[^}]*pod="llm-kisim-0"[^}]*\} 1\.0/);
    expect(kube).to.match(/kube_pod_status_ready\{condition="true",[^}]*pod="llm-kisim-0"[^}]*\} 0\.0/);
    await clock.advance(120);
    const after = sampleOf(await (await scrape(pod)).text(), finished);
    expect(after).to.be.within(1, before - 1);
    await other.close();
  });

  it('moves with its clock: counters rise, and their histograms agree with them', async () => {
    const finished = 'vllm:request_success_total{engine="0",finished_reason="stop",model_name="demo/chat-8b"}';
    const first = sampleOf(await text('/pods/llm-kisim-0/metrics'), finished);
    await clock.advance(120);
    const scrape = await text('/pods/llm-kisim-0/metrics');
    expect([first, sampleOf(scrape, finished) > 100]).to.deep.equal([0, true]);
    const labels = '{engine="0",model_name="demo/chat-8b"}';
    expect(sampleOf(scrape, `vllm:e2e_request_latency_seconds_count${labels}`)).to.equal(sampleOf(scrape, finished));
    expect(
      sampleOf(scrape, 'vllm:e2e_request_latency_seconds_bucket{engine="0",le="+Inf",model_name="demo/chat-8b"}'),
    ).to.equal(sampleOf(scrape, finished));
  });

  it('shows a scale-up as kube-state-metrics would, from creation to ready', async () => {
    await clock.advance(10);
    fleet.scaleTo(3);
    const created = await text('/kube-state-metrics');
    const labels = '{deployment="llm",namespace="test"}';
    expect(sampleOf(created, `kube_deployment_spec_replicas${labels}`)).to.equal(3);
    expect(sampleOf(created, `kube_deployment_status_replicas_ready${labels}`)).to.equal(2);
    expect(sampleOf(created, 'kube_pod_created{namespace="test",pod="llm-kisim-2",uid="kisim-2"}')).to.equal(
      EPOCH + 10,
    );
    expect(fleet.servingPods()).to.have.length(2);
    await clock.advance(120);
    expect(sampleOf(await text('/kube-state-metrics'), `kube_deployment_status_replicas_ready${labels}`)).to.equal(3);
    expect(fleet.servingPods()).to.have.length(3);
  });

  it('ties pods to their Deployment by ownership, and keeps a terminating pod ready', async () => {
    fleet.scaleTo(1);
    const [pod = ''] = fleet.servingPods();
    const of = `pod="${pod}",uid="${pod.replace('llm-', '')}"`;
    const scrape = await text('/kube-state-metrics');
    const owner = 'owner_is_controller="true",owner_kind="ReplicaSet",owner_name="llm-kisim"';
    expect(sampleOf(scrape, `kube_pod_owner{namespace="test",${owner},${of}}`)).to.equal(1);
    expect(scrape).to.include('owner_kind="Deployment",owner_name="llm",replicaset="llm-kisim"');
    await clock.advance(20);
    fleet.scaleTo(0);
    const terminating = await text('/kube-state-metrics');
    expect(sampleOf(terminating, `kube_pod_status_ready{condition="true",namespace="test",${of}}`)).to.equal(1);
    expect(sampleOf(terminating, 'kube_deployment_status_replicas{deployment="llm",namespace="test"}')).to.equal(0);
  });

  it('is scaled over HTTP where that is allowed, and says what is wrong with a body', async () => {
    const controlled = await startLiveServer(fleet, 0, fleet);
    const send = (method: string, path: string, body?: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${controlled.port}${path}`, { method, ...(body === undefined ? {} : { body }) });
    const put = (body: string): Promise<Response> => send('PUT', '/replicas', body);
    expect(((await (await put('{"replicas": 5}')).json()) as { spec: number }).spec).to.equal(5);
    expect(fleet.spec).to.equal(5);
    for (const body of [
      '{"replicas": -1}',
      '{"replicas": 1.5}',
      '{"replicas": 1001}',
      '{"replicas": "3"}',
      '{}',
      'null',
      'x',
    ])
      expect((await put(body)).status, body).to.equal(400);
    expect(await (await put('{"replicas": 1001}')).text()).to.equal(
      'replicas: must be a whole number from 0 to 1000, found 1001\n',
    );
    expect((await put(`"${'x'.repeat(2000)}"`)).status).to.equal(400);
    expect(fleet.spec).to.equal(5);
    expect((await send('DELETE', '/replicas')).status).to.equal(405);
    expect((await send('POST', '/pods/llm-kisim-0/crash')).status).to.equal(204);
    expect((await send('POST', '/pods/llm-kisim-0/crash')).status).to.equal(404);
    expect(fleet.servingPods()).to.deep.equal(['llm-kisim-1']);
    await controlled.close();
    expect((await get('/replicas')).status).to.equal(404);
  });

  it('answers 404 for pods that do not serve, and for anything else', async () => {
    for (const path of ['/pods/llm-kisim-9/metrics', '/pods/../metrics', '/', '/pods/llm-kisim-0'])
      expect((await get(path)).status, path).to.equal(404);
  });

  it('shows the GPUs of serving pods: memory that adds up, and a share of busy time', async () => {
    await clock.advance(60);
    const scrape = await text('/dcgm');
    const labels = /DCGM_FI_DEV_FB_FREE(\{[^}]*pod="llm-kisim-1"[^}]*\})/.exec(scrape)?.[1] ?? '';
    const memory = ['FREE', 'USED', 'RESERVED'].map((kind) => sampleOf(scrape, `DCGM_FI_DEV_FB_${kind}${labels}`));
    expect(memory.reduce((sum, value) => sum + value)).to.equal(22_888);
    expect(sampleOf(scrape, `DCGM_FI_PROF_GR_ENGINE_ACTIVE${labels}`)).to.be.within(0.5, 1);
  });
});
