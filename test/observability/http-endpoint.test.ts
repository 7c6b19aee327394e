import { expect } from 'chai';
import { type HttpEndpoint, startHttpEndpoint } from '../../src/observability/http-endpoint.js';
import { Metrics } from '../../src/observability/metrics.js';

describe('HTTP endpoint', () => {
  let endpoint: HttpEndpoint;
  let isReady = true;
  const get = async (path: string): Promise<{ status: number; type: string | null; text: string }> => {
    const response = await fetch(`http://127.0.0.1:${endpoint.port}${path}`, { headers: { connection: 'close' } });
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };

  before(async () => {
    const metrics = new Metrics();
    metrics.onCall('IsActive', 'OK', 0.001);
    endpoint = await startHttpEndpoint({
      host: '127.0.0.1',
      port: 0,
      registry: metrics.registry,
      isReady: () => isReady,
    });
  });
  after(() => endpoint.close());

  it('gives metrics in the text format', async () => {
    const { status, type, text } = await get('/metrics');
    expect(status).to.equal(200);
    expect(type).to.match(/^text\/plain; version=0\.0\.4/);
    expect(text).to.include('kiscaler_rpc_seconds_count{method="IsActive",code="OK"} 1');
  });

  it('L5: is ready as the process says, and alive in any case', async () => {
    expect((await get('/readyz')).status).to.equal(200);
    isReady = false;
    expect((await get('/readyz')).status).to.equal(503);
    expect((await get('/livez')).status).to.equal(200);
  });

  it('knows nothing else', async () => {
    expect((await get('/')).status).to.equal(404);
  });

  it('says so when its port is taken', async () => {
    const { registry } = new Metrics();
    const second = startHttpEndpoint({ host: '127.0.0.1', port: endpoint.port, registry, isReady: () => true });
    expect(
      await second.then(
        () => 'started',
        (error: NodeJS.ErrnoException) => error.code,
      ),
    ).to.equal('EADDRINUSE');
  });
});
