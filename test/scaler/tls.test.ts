import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { expect } from 'chai';
import { ManualClock } from '../../src/base/clock.js';
import { KeyMaterialFiles } from '../../src/scaler/key-material.js';
import { createCredentials } from '../../src/scaler/tls.js';
import { type Certificate, createCertificate } from '../support/certificates.js';
import { call, connect, startScaler } from '../support/scaler.js';

const authority = createCertificate({ name: 'authority' });
const server = createCertificate({ name: 'server-1', issuer: authority });
const renewed = createCertificate({ name: 'server-2', issuer: authority });
const client = createCertificate({ name: 'keda', issuer: authority });
const stranger = createCertificate({ name: 'stranger', issuer: createCertificate({ name: 'elsewhere' }) });

const REF = { name: 'chat', namespace: 'team-a', scalerMetadata: { engine: 'vllm', slo: '2s' } };

describe('TLS', () => {
  let folder: string;
  let clock: ManualClock;
  const problems: (string | undefined)[] = [];
  const stop = new AbortController();
  const put = (file: string, content: string): void => writeFileSync(join(folder, file), content);
  const putPair = ({ certificate, privateKey }: Certificate): void => {
    put('tls.crt', certificate);
    put('tls.key', privateKey);
  };
  const load = (): KeyMaterialFiles =>
    new KeyMaterialFiles({ folder, clock, onProblem: (problem) => problems.push(problem) });
  const reload = async (): Promise<void> => clock.advance(31);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-tls-'));
    clock = new ManualClock(Date.now() / 1000);
    problems.length = 0;
    putPair(server);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  after(() => stop.abort());

  /** Name on the certificate that a new connection is shown. */
  const shownName = (port: number, options: ConnectionOptions = {}): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket: TLSSocket = connectTls(
        {
          host: '127.0.0.1',
          port,
          ca: authority.certificate,
          servername: 'localhost',
          ALPNProtocols: ['h2'],
          ...options,
        },
        () => {
          resolve(String(socket.getPeerCertificate().subject.CN));
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });

  it('serves a client that trusts the authority, and none in plain text', async () => {
    const bed = await startScaler({ credentials: createCredentials(load()) });
    try {
      const trusting = connect(bed.server.port, credentials.createSsl(Buffer.from(authority.certificate)));
      expect(await call(trusting, 'IsActive', REF)).to.deep.equal({ result: true });
      trusting.close();
      const failure = await call(bed.client, 'IsActive', REF).then(
        () => 'answered',
        () => 'refused',
      );
      expect(failure).to.equal('refused');
    } finally {
      await bed.close();
    }
  });

  it('T9: with ca.crt, answers only clients that the authority has signed', async () => {
    put('ca.crt', authority.certificate);
    const bed = await startScaler({ credentials: createCredentials(load()) });
    const ask = async (own?: Certificate): Promise<unknown> => {
      const pair = own ? [Buffer.from(own.privateKey), Buffer.from(own.certificate)] : [];
      const one = connect(bed.server.port, credentials.createSsl(Buffer.from(authority.certificate), pair[0], pair[1]));
      try {
        return await call(one, 'IsActive', REF).catch(() => 'refused');
      } finally {
        one.close();
      }
    };
    try {
      expect(await ask(client)).to.deep.equal({ result: true });
      expect(await ask()).to.equal('refused');
      expect(await ask(stranger)).to.equal('refused');
    } finally {
      await bed.close();
    }
  });

  it('follows a rotation, and keeps the last good pair while the files are unusable', async () => {
    const tls = load();
    void tls.watch(stop.signal);
    const bed = await startScaler({ credentials: createCredentials(tls) });
    try {
      expect(await shownName(bed.server.port)).to.equal('server-1');
      put('tls.crt', renewed.certificate);
      await reload();
      expect(problems, 'the key of the new certificate is not there yet').to.have.length(1);
      expect(await shownName(bed.server.port)).to.equal('server-1');
      put('tls.key', renewed.privateKey);
      await reload();
      expect(await shownName(bed.server.port)).to.equal('server-2');
      expect(problems.at(-1)).to.equal(undefined);
      for (const half of ['', renewed.certificate.slice(0, 200), 'no certificate']) {
        put('tls.crt', half);
        await reload();
        expect(await shownName(bed.server.port)).to.equal('server-2');
      }
      expect(problems.filter((problem) => problem !== undefined)).to.have.length.within(2, 4);
      expect(problems.join(' ')).not.to.include(folder).and.not.to.include('BEGIN');
    } finally {
      await bed.close();
    }
  });

  it('does not take up an expired certificate, and says when the one in use ends', async () => {
    const tls = load();
    const { validTo } = new X509Certificate(server.certificate);
    expect(tls.current.expiresAt).to.equal(Date.parse(validTo) / 1000);
    void tls.watch(stop.signal);
    putPair(createCertificate({ name: 'old', issuer: authority, days: -1 }));
    await reload();
    expect(problems).to.deep.equal(['the certificate has expired']);
  });

  it('does not start on files that cannot be used', () => {
    put('tls.key', client.privateKey);
    expect(load).to.throw(/^TLS: ERR_OSSL_X509_KEY_VALUES_MISMATCH/);
    rmSync(join(folder, 'tls.key'));
    expect(load).to.throw('TLS: ENOENT');
  });
});
