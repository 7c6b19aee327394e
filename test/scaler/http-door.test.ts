import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createSystemClock, ManualClock } from '../../src/base/clock.js';
import type { Explanation } from '../../src/decision/explain-decision.js';
import type { GetMetricsResponse__Output } from '../../src/scaler/generated/externalscaler/GetMetricsResponse.js';
import { type HttpDoor, type HttpDoorOptions, startHttpDoor } from '../../src/scaler/http-door.js';
import { KeyMaterialFiles } from '../../src/scaler/key-material.js';
import { METRIC_NAME } from '../../src/scaler/rpc/get-metric-spec.js';
import { type Certificate, createCertificate } from '../support/certificates.js';
import { call, type ScalerBed, startScaler } from '../support/scaler.js';

const TOKEN = 'let-me-in';
const PATH = '/v1/decisions/team-a/chat?engine=vllm&slo=2s&maxNumSeqs=16';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

describe('the HTTP door', () => {
  let bed: ScalerBed;
  let door: HttpDoor;
  let token: () => string;

  const open = (changes: Partial<HttpDoorOptions> = {}): Promise<HttpDoor> =>
    startHttpDoor({
      host: '127.0.0.1',
      port: 0,
      clock: createSystemClock(),
      references: bed.references,
      service: bed.service,
      explanations: bed.service,
      recorder: bed.recorder,
      readToken: () => token(),
      ...changes,
    });
  const get = async (
    path: string,
    headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` },
  ): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${door.port}${path}`, { headers });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };

  beforeEach(async () => {
    token = () => TOKEN;
    bed = await startScaler();
    door = await open();
  });

  afterEach(async () => {
    await door.close();
    await bed.close();
  });

  it('answers with the decision that gRPC gives, from one memory', async () => {
    const { status, body } = await get(PATH);
    expect(status).to.equal(200);
    expect(body).to.include({ value: 6, replicas: 6, source: 'policy' });
    expect(body['sentence']).to.be.a('string');
    const reads = bed.source.reads;
    const scalerMetadata = {
      scalerAddress: 'here:9090',
      tokenFromEnv: 'x',
      maxNumSeqs: '16',
      slo: '2s',
      engine: 'vllm',
    };
    const answer = await call<object, GetMetricsResponse__Output>(bed.client, 'GetMetrics', {
      scaledObjectRef: { name: 'chat', namespace: 'team-a', scalerMetadata },
      metricName: METRIC_NAME,
    });
    expect(answer.metricValues[0]?.metricValueFloat).to.equal(body['value']);
    expect(bed.source.reads, 'the other door asks for the same workload').to.equal(reads);
  });

  it('says 503 and the code where there is no decision, never a number', async () => {
    bed.source.answer = () => 'KIS_METRICS_DOWN';
    const { status, body } = await get(PATH);
    expect(status).to.equal(503);
    expect(body).to.have.all.keys('code', 'message');
    expect(body['code']).to.equal('KIS_METRICS_DOWN');
  });

  it('says 400 to bad keys, with every key and its range and without the value', async () => {
    const { status, body } = await get('/v1/decisions/team-a/chat?engine=vllm&slo=se-cret&missPrice=5000');
    expect(status).to.equal(400);
    expect(body['message']).to.include('slo: duration from').and.include('missPrice: number from 1 to 1000');
    expect(JSON.stringify(body)).not.to.include('se-cret').and.not.to.include('5000');
    expect((await get(`${PATH}&slo=3s`)).body['message'], 'a key twice').to.include('each key once');
    expect((await get('/v1/decisions/team-a/chat')).status, 'required keys missing').to.equal(400);
  });

  it('T4: takes no key for more than text', async () => {
    expect((await get(`${PATH}&__proto__=1&constructor=2`)).status).to.equal(200);
    expect(bed.log).to.include('unknown chat __proto__,constructor');
  });

  it('says 401 without the token, with another, and while the file has none', async () => {
    for (const authorization of ['', 'Bearer', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN]) {
      const { status, body } = await get(PATH, { authorization });
      expect(status, authorization).to.equal(401);
      expect(body['code']).to.equal('KIS_UNAUTHENTICATED');
    }
    token = () => '';
    expect((await get(PATH, { authorization: 'Bearer ' })).status).to.equal(401);
    expect(bed.source.reads, 'nobody who is not known makes us read').to.equal(0);
  });

  it('follows a token that changes, and is shut while it cannot be read', async () => {
    token = () => 'another';
    expect((await get(PATH)).status).to.equal(401);
    expect((await get(PATH, { authorization: 'Bearer another' })).status).to.equal(200);
    token = () => {
      throw new Error(`ENOENT: ${TOKEN}`);
    };
    const { status, body } = await get(PATH);
    expect(status).to.equal(500);
    expect(JSON.stringify(body)).not.to.include(TOKEN);
  });

  it('serves only namespaces that are served', async () => {
    await door.close();
    await bed.close();
    bed = await startScaler({ namespaces: new Set(['team-b']) });
    door = await open();
    expect(await get(PATH)).to.deep.include({ status: 403 });
  });

  it('has two paths and one verb', async () => {
    for (const path of [
      '/',
      '/v1/decisions',
      '/v1/decisions/a',
      '/v1/explanations/a',
      '/v1/explanations/a/b/c',
      '/v1/decisions/a/b/c',
      '/v1/decisions/a/%2e%2e',
      '//x',
    ]) {
      expect((await get(path)).status, path).to.equal(404);
    }
    const posted = await fetch(`http://127.0.0.1:${door.port}${PATH}`, { method: 'POST' });
    expect(posted.status).to.equal(405);
  });

  it('explains the newest decision to whoever has the token, and reads nothing for it', async () => {
    const path = '/v1/explanations/team-a/chat';
    expect(await get(path), 'nobody has asked yet').to.deep.include({ status: 404 });
    await get(PATH);
    const { reads } = bed.source;
    const { status, body } = await get(path);
    expect(status).to.equal(200);
    expect(body).to.have.length(1);
    const [told] = body as unknown as Explanation[];
    expect(told).to.include({ namespace: 'team-a', name: 'chat', policy: 'qplan', source: 'policy', replicas: 6 });
    expect(told?.rivals.map(({ policy }) => policy)).to.deep.equal(['planner']);
    expect(told?.corrections).to.be.an('array');
    expect(bed.source.reads).to.equal(reads);
    expect(bed.service.workloads, 'asking makes nobody known').to.have.length(1);
    expect(await get('/v1/explanations/team-b/chat')).to.deep.include({ status: 404 });
    expect(await get(path, {}), 'without the token').to.deep.include({ status: 401 });
    expect(bed.log).to.include('call HttpExplanation OK').and.include('call HttpExplanation KIS_UNAUTHENTICATED');
  });

  it('explains the decision of each set of keys under a name, the one asked for last first', async () => {
    await get(PATH);
    await get(`${PATH}&policy=static-9`);
    const { body } = await get('/v1/explanations/team-a/chat');
    const told = body as unknown as readonly Explanation[];
    expect(told.map(({ policy, proposed }) => [policy, proposed])).to.deep.equal([
      ['static-9', 9],
      ['qplan', 6],
    ]);
  });

  it('explains no refusal: it says 503 and the code, as the decision does', async () => {
    bed.source.answer = () => 'KIS_METRICS_DOWN';
    await get(PATH);
    const { status, body } = await get('/v1/explanations/team-a/chat');
    expect([status, body['code']]).to.deep.equal([503, 'KIS_METRICS_DOWN']);
  });

  it('does not wait longer than it may for a source that never answers', async () => {
    bed.source.read = () => new Promise(() => {});
    const { status, body } = await get(PATH);
    expect(status).to.equal(503);
    expect(body['code']).to.equal('KIS_STARTING');
  });

  it('counts its calls like the others', async () => {
    await get(PATH);
    await get(PATH, {});
    expect(bed.log).to.include('call HttpDecision OK').and.include('call HttpDecision KIS_UNAUTHENTICATED');
  });

  it('does not open where nobody could be told from anybody', async () => {
    const failure = await startHttpDoor(closedOptions()).then(
      () => 'opened',
      (error: unknown) => String(error),
    );
    expect(failure).to.match(/^RangeError: .*token/);
  });

  const closedOptions = (): HttpDoorOptions => ({
    host: '127.0.0.1',
    port: 0,
    clock: createSystemClock(),
    references: bed.references,
    service: bed.service,
    recorder: bed.recorder,
  });

  describe('with TLS', () => {
    const authority = createCertificate({ name: 'authority' });
    const server = createCertificate({ name: 'server-1', issuer: authority });
    const renewed = createCertificate({ name: 'server-2', issuer: authority });
    const keda = createCertificate({ name: 'keda', issuer: authority });
    const stranger = createCertificate({ name: 'stranger', issuer: createCertificate({ name: 'elsewhere' }) });
    let folder: string;

    const putPair = ({ certificate, privateKey }: Certificate): void => {
      writeFileSync(join(folder, 'tls.crt'), certificate);
      writeFileSync(join(folder, 'tls.key'), privateKey);
    };
    /** Status and the name on the server's certificate, or why there is none. */
    const ask = (own?: Certificate): Promise<string> =>
      new Promise((resolve) => {
        const pair = own ? { cert: own.certificate, key: own.privateKey } : {};
        const options = { host: 'localhost', port: door.port, path: PATH, ca: authority.certificate, agent: false };
        const sent = request({ ...options, ...pair }, (response) => {
          const socket = response.socket as import('node:tls').TLSSocket;
          resolve(`${response.statusCode} ${socket.getPeerCertificate().subject.CN}`);
          response.resume();
        });
        sent.on('error', () => resolve('refused'));
        sent.end();
      });

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'kiscaler-door-'));
      putPair(server);
      writeFileSync(join(folder, 'ca.crt'), authority.certificate);
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it('T9: needs no token from a client that the authority has signed, and follows a rotation', async () => {
      await door.close();
      const clock = new ManualClock(Date.now() / 1000);
      const tls = new KeyMaterialFiles({ folder, clock, onProblem: () => {} });
      const stop = new AbortController();
      void tls.watch(stop.signal);
      door = await startHttpDoor({ ...closedOptions(), tls });
      expect(await ask(keda)).to.equal('200 server-1');
      expect(await ask()).to.equal('refused');
      expect(await ask(stranger)).to.equal('refused');
      putPair(renewed);
      await clock.advance(31);
      expect(await ask(keda)).to.equal('200 server-2');
      stop.abort();
    });
  });
});
