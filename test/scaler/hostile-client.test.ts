import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type ChannelCredentials, credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { fromJSON, loadSync } from '@grpc/proto-loader';
import { expect } from 'chai';
import fc from 'fast-check';
import { METRIC_NAME } from '../../src/scaler/rpc/get-metric-spec.js';
import { call, type ScalerBed, startScaler } from '../support/scaler.js';

const REF = { name: 'chat', namespace: 'team-a', scalerMetadata: { engine: 'vllm', slo: '2s' } };
const GRPC = { 'content-type': 'application/grpc', te: 'trailers' };

interface Answer {
  readonly http: number;
  readonly grpc: string;
}

type HealthClient = new (
  address: string,
  channel: ChannelCredentials,
) => {
  check(
    request: { service: string },
    callback: (error: Error | null, response: { status: string | number }) => void,
  ): void;
  close(): void;
};

describe('a hostile client', () => {
  let bed: ScalerBed;
  let session: ClientHttp2Session;

  before(async () => {
    bed = await startScaler({ namespaces: new Set(['team-a']) });
    session = connectHttp2(`http://127.0.0.1:${bed.server.port}`);
    session.on('error', () => {});
  });
  after(async () => {
    session.destroy();
    await bed.close();
  });
  /** Whatever was sent: the server lives and answers the next. */
  afterEach(async () => {
    expect(await call(bed.client, 'IsActive', REF)).to.deep.equal({ result: true });
  });

  const post = (body: Buffer, headers: Record<string, string> = {}, method = 'POST'): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const path = '/externalscaler.ExternalScaler/IsActive';
      const stream = session.request({ ':method': method, ':path': path, ...GRPC, ...headers });
      let answer: Answer = { http: 0, grpc: '' };
      const note = (fields: Record<string, unknown>): void => {
        const grpc = fields['grpc-status'];
        answer = {
          http: Number(fields[':status'] ?? answer.http),
          grpc: grpc === undefined ? answer.grpc : String(grpc),
        };
      };
      stream.on('response', note);
      stream.on('trailers', note);
      stream.on('error', reject);
      stream.on('close', () => resolve(answer));
      stream.resume();
      stream.end(body);
    });
  const frame = (payload: Buffer, declared = payload.length, flag = 0): Buffer => {
    const head = Buffer.alloc(5);
    head.writeUInt8(flag, 0);
    head.writeUInt32BE(declared, 1);
    return Buffer.concat([head, payload]);
  };

  it('G1: is refused a message of 64 KiB and one byte', async () => {
    const scalerMetadata = { ...REF.scalerMetadata, x: 'a'.repeat(64 * 1024) };
    const failure = await call(bed.client, 'IsActive', { ...REF, scalerMetadata }).catch((error: unknown) => error);
    expect(failure).to.include({ code: status.RESOURCE_EXHAUSTED });
  });

  it('G1: is refused three declared gigabytes before they are sent', async () => {
    const { grpc } = await post(frame(Buffer.alloc(10), 3_000_000_000));
    expect(Number(grpc)).to.equal(status.RESOURCE_EXHAUSTED);
  });

  it('G2: gets an error for bytes that are no message, half a frame, two messages, an unknown encoding', async () => {
    const bodies = {
      'random bytes': frame(Buffer.from('ffffffffffffffff', 'hex')),
      'half a frame': frame(Buffer.alloc(3), 100),
      'two messages': Buffer.concat([frame(Buffer.alloc(0)), frame(Buffer.alloc(0))]),
      compressed: frame(Buffer.alloc(4), 4, 1),
    };
    for (const [what, body] of Object.entries(bodies)) {
      expect(Number((await post(body)).grpc), what).to.be.above(0);
    }
    expect(Number((await post(frame(Buffer.alloc(4), 4, 1), { 'grpc-encoding': 'snappy' })).grpc)).to.equal(
      status.UNIMPLEMENTED,
    );
  });

  it('G2: gets 415 for another content type, and an error for GET', async () => {
    expect((await post(Buffer.alloc(0), { 'content-type': 'application/json' })).http).to.equal(415);
    expect((await post(Buffer.alloc(0), {}, 'GET').catch(() => ({ grpc: '13' }))).grpc).not.to.equal('0');
  });

  it('G2: may talk nonsense to the port', async () => {
    await new Promise<void>((resolve) => {
      const socket = connectTcp(bed.server.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.resume();
    });
  });

  it('G3: may name any timeout', async () => {
    for (const timeout of ['garbage', '597H', '1n', '-5S', '99999999999S', '']) {
      await post(frame(Buffer.alloc(0)), { 'grpc-timeout': timeout });
    }
  });

  it('T9: is not told anything of a namespace that is not served', async () => {
    const foreign = { ...REF, namespace: 'team-b' };
    const failure = await call(bed.client, 'IsActive', foreign).catch((error: unknown) => error);
    expect(failure).to.include({ code: status.PERMISSION_DENIED });
  });

  it('T4, T5: may send any metadata, and never gets it back', async () => {
    const key = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.constantFrom('__proto__', 'slo', 'engine', 'model', 'policy'),
    );
    const value = fc.string({ minLength: 10, maxLength: 600, unit: 'grapheme' });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 40, noNullPrototype: false }), async (metadata) => {
        const scaledObjectRef = { ...REF, scalerMetadata: metadata };
        const request = { scaledObjectRef, metricName: METRIC_NAME };
        const answer = await call<typeof request, { metricValues: { metricValue: string }[] }>(
          bed.client,
          'GetMetrics',
          request,
        ).catch((error: { code: status; details: string }) => error);
        if ('code' in answer) {
          expect(answer.code).to.equal(status.INVALID_ARGUMENT);
          for (const text of Object.values(metadata)) expect(answer.details).not.to.include(text);
        } else expect(Number(answer.metricValues[0]?.metricValue)).to.be.within(0, 100);
      }),
      { numRuns: 100 },
    );
    expect(bed.log.filter((line) => line.startsWith('error '))).to.deep.equal([]);
  });
});

describe('KEDA before v2.17', () => {
  it('G11: reads the count from the integer fields', async () => {
    const bed = await startScaler();
    const field = (type: string, id: number, rule?: string) => ({ type, id, ...(rule ? { rule } : {}) });
    const old = fromJSON({
      nested: {
        externalscaler: {
          nested: {
            ScaledObjectRef: {
              fields: {
                name: field('string', 1),
                namespace: field('string', 2),
                scalerMetadata: { keyType: 'string', type: 'string', id: 3 },
              },
            },
            GetMetricsRequest: {
              fields: { scaledObjectRef: field('ScaledObjectRef', 1), metricName: field('string', 2) },
            },
            MetricValue: { fields: { metricName: field('string', 1), metricValue: field('int64', 2) } },
            GetMetricsResponse: { fields: { metricValues: field('MetricValue', 1, 'repeated') } },
            ExternalScaler: {
              methods: { GetMetrics: { requestType: 'GetMetricsRequest', responseType: 'GetMetricsResponse' } },
            },
          },
        },
      },
    } as unknown as Parameters<typeof fromJSON>[0]);
    const { ExternalScaler } = loadPackageDefinition(old)['externalscaler'] as unknown as {
      ExternalScaler: new (address: string, channel: unknown) => typeof bed.client;
    };
    const client = new ExternalScaler(`127.0.0.1:${bed.server.port}`, credentials.createInsecure());
    try {
      const request = { scaledObjectRef: REF, metricName: METRIC_NAME };
      const answer = await call<typeof request, { metricValues: { metricValue: { toString(): string } }[] }>(
        client,
        'GetMetrics',
        request,
      );
      expect(String(answer.metricValues[0]?.metricValue)).to.equal('6');
    } finally {
      client.close();
      await bed.close();
    }
  });
});

describe('beside the contract', () => {
  let bed: ScalerBed;
  /** SERVING is 1, NOT_SERVING 2. */
  const check = (service: string): Promise<string> => {
    const folder = fileURLToPath(new URL('../../node_modules/grpc-health-check/proto', import.meta.url));
    const loaded = loadPackageDefinition(loadSync('health/v1/health.proto', { includeDirs: [folder] }));
    const { Health } = (loaded as unknown as { grpc: { health: { v1: { Health: HealthClient } } } }).grpc.health.v1;
    const client = new Health(`127.0.0.1:${bed.server.port}`, credentials.createInsecure());
    return new Promise((resolve, reject) => {
      client.check({ service }, (error, response) => {
        client.close();
        if (error) reject(error);
        else resolve(String(response.status));
      });
    });
  };

  beforeEach(async () => {
    bed = await startScaler();
  });
  afterEach(() => bed.close());

  it('health is served under its names, and only readiness ends with the drain', async () => {
    for (const name of ['', 'liveness', 'readiness']) expect(await check(name), name).to.equal('1');
    const drained = bed.server.drain();
    expect(await check('readiness')).to.equal('2');
    expect(await check('liveness')).to.equal('1');
    expect(await call(bed.client, 'IsActive', REF), 'draining still answers').to.deep.equal({ result: true });
    await drained;
  });
});
