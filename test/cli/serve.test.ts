import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { METRIC_NAME } from '../../src/scaler/rpc/get-metric-spec.js';
import { KiscalerProcess, runKiscaler } from '../support/kiscaler-process.js';
import { call, connect } from '../support/scaler.js';

const SECRET = 'hunter2-hunter2';
const REF = {
  name: 'chat',
  namespace: 'team-a',
  scalerMetadata: { engine: 'vllm', slo: '2s', target: 'chat', missprice: '3', tokenFromEnv: SECRET },
};
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

describe('kiscaler serve', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-serve-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const running: KiscalerProcess[] = [];
  const start = async (...flags: string[]): Promise<{ kiscaler: KiscalerProcess; grpc: number; metrics: number }> => {
    const free = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--prometheus-url', NOWHERE];
    const kiscaler = new KiscalerProcess(['serve', ...free, ...flags]);
    running.push(kiscaler);
    const [, grpc, metrics] = await kiscaler.seen(/^\{"grpcPort":(\d+),"metricsPort":(\d+)[,}]/m);
    return { kiscaler, grpc: Number(grpc), metrics: Number(metrics) };
  };
  afterEach(() => {
    for (const { child } of running.splice(0)) child.kill('SIGKILL');
  });
  const get = async (port: number, path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);

  it('L5, T15: serves with Prometheus down, says so in metrics, and keeps secrets to itself; SIGTERM ends it with 0', async () => {
    const { kiscaler, grpc, metrics } = await start('--drain-delay', '0s', '--namespaces', 'team-a');
    const client = connect(grpc);
    try {
      expect((await get(metrics, '/readyz')).status).to.equal(200);
      expect(await call<unknown, object>(client, 'GetMetricSpec', REF)).to.have.property('metricSpecs');
      const request = { scaledObjectRef: REF, metricName: METRIC_NAME };
      const failure = await call(client, 'GetMetrics', request).catch((error: unknown) => error);
      expect(failure).to.include({ code: status.UNAVAILABLE });
      const scraped = await (await get(metrics, '/metrics')).text();
      expect(scraped)
        .to.match(/^kiscaler_decisions_total\{source="refusal",reason="KIS_METRICS_DOWN"\} [1-9]/m)
        .and.match(/^kiscaler_prom_request_seconds_count\{backend="default",code="KIS_METRICS_DOWN"\} [1-9]/m)
        .and.match(/^kiscaler_event_loop_delay_seconds /m)
        .and.match(/^process_resident_memory_bytes /m);
      kiscaler.child.kill('SIGTERM');
      expect(await kiscaler.ended).to.equal(0);
      expect(kiscaler.stderr).to.include('metadata keys that nobody reads').and.include('missprice');
      expect(kiscaler.stdout + kiscaler.stderr + scraped + String(failure)).not.to.include(SECRET);
      for (const line of kiscaler.stderr.trim().split('\n')) expect(() => JSON.parse(line), line).not.to.throw();
    } finally {
      client.close();
    }
  });

  it('L4: a second signal ends it at once, with 1; O1: without its model the planner serves', async () => {
    const { kiscaler } = await start('--drain-delay', '60s', '--model', join(folder, 'missing.onnx'));
    expect(kiscaler.stderr).to.include('no learned policy: the planner answers');
    kiscaler.child.kill('SIGINT');
    await kiscaler.seen(/draining/);
    kiscaler.child.kill('SIGTERM');
    expect(await kiscaler.ended).to.equal(1);
  });

  it('opens the second door where it is told to, and decides shadows that nobody asks for', async () => {
    writeFileSync(join(folder, 'token'), 'let-me-in\n');
    const shadow = '{ namespace: team-a, name: shade, metadata: { engine: vllm, slo: 2s, target: shade } }';
    writeFileSync(join(folder, 'shadows.yaml'), `workloads: [${shadow}]`);
    const door = ['--decisions-listen', '127.0.0.1:0', '--decisions-token-file', join(folder, 'token')];
    const { kiscaler, metrics } = await start(...door, '--shadow-file', join(folder, 'shadows.yaml'));
    const [, port] = await kiscaler.seen(/"decisionsPort":(\d+)\}$/m);
    const url = `http://127.0.0.1:${port}/v1/decisions/team-a/chat?engine=vllm&slo=2s&target=chat`;
    const answer = await fetch(url, { headers: { authorization: 'Bearer let-me-in' } });
    expect(answer.status, 'Prometheus is down').to.equal(503);
    expect(await answer.json()).to.include({ code: 'KIS_METRICS_DOWN' });
    expect((await fetch(url)).status).to.equal(401);
    await kiscaler.seen(/"name":"shade","code":"KIS_METRICS_DOWN"/);
    expect(await (await get(metrics, '/metrics')).text()).to.match(/^kiscaler_workloads 2$/m);
  });

  it('L13: ends with 78 for files of its configuration that are wrong, and says what', async () => {
    writeFileSync(join(folder, 'empty'), '');
    writeFileSync(
      join(folder, 'bad.yaml'),
      'workloads: [{ namespace: team-a, name: x, metadata: { engine: tea-pot } }]',
    );
    const free = ['serve', '--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--prometheus-url', NOWHERE];
    const [door, shadow, open] = await Promise.all([
      runKiscaler([...free, '--decisions-listen', '127.0.0.1:0', '--decisions-token-file', join(folder, 'empty')]),
      runKiscaler([...free, '--shadow-file', join(folder, 'bad.yaml')]),
      runKiscaler([...free, '--decisions-listen', '127.0.0.1:0']),
    ]);
    expect([door.code, shadow.code, open.code]).to.deep.equal([78, 78, 78]);
    expect(door.stderr).to.include('--decisions-token-file: is empty');
    expect(shadow.stderr).to.include('workloads.0').and.include('engine: one of').and.not.include('tea-pot');
    expect(open.stderr).to.include('--decisions-listen: needs');
  });

  it('ends with 1 when it cannot have its port or its certificate, and leaves nothing running', async () => {
    const { grpc } = await start();
    writeFileSync(join(folder, 'tls.crt'), 'no certificate');
    const where = ['--metrics-listen', '127.0.0.1:0', '--prometheus-url', NOWHERE];
    const [taken, unsafe] = await Promise.all([
      runKiscaler(['serve', '--listen', `127.0.0.1:${grpc}`, ...where]),
      runKiscaler(['serve', '--listen', '127.0.0.1:0', '--tls-dir', folder, ...where]),
    ]);
    expect(taken.code).to.equal(1);
    expect(unsafe.code).to.equal(1);
    expect(taken.stderr + unsafe.stderr)
      .to.include('cannot serve')
      .and.include('TLS: ');
  });
});
