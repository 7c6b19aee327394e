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
    const [, grpc, metrics] = await kiscaler.seen(/^\{"grpcPort":(\d+),"metricsPort":(\d+)\}$/m);
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
