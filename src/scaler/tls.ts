import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { experimental, type ServerCredentials } from '@grpc/grpc-js';
import type { Clock } from '../base/clock.js';
import { err, ok, type Result } from '../base/result.js';
import type { Seconds } from '../base/units.js';

/** A key pair that fits together and, with it, the authority that clients must be signed by. */
interface KeyMaterial {
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  readonly authority: Buffer | undefined;
  readonly expiresAt: Seconds;
}

export interface TlsCredentials {
  readonly credentials: ServerCredentials;
  /** Unix time at which the certificate in use ends. */
  expiresAt(): Seconds;
  /** Looks for new files until the signal is aborted. */
  watch(signal: AbortSignal): Promise<void>;
}

export interface TlsOptions {
  /** Holds tls.crt and tls.key, and ca.crt where clients must show a certificate of that authority. */
  readonly folder: string;
  readonly clock: Clock;
  /** Told once of every state of the files that cannot be used; `undefined`: they can again. */
  readonly onProblem: (problem: string | undefined) => void;
}

const RELOAD_EVERY: Seconds = 30;

type CertificateProvider = Parameters<typeof experimental.createCertificateProviderServerCredentials>[0];
type OnIdentity = Parameters<CertificateProvider['addIdentityCertificateListener']>[0];
type OnAuthority = Parameters<CertificateProvider['addCaCertificateListener']>[0];

/**
 * TLS from files that are followed when they change. Only material that fits together is ever served: grpc-js' own file
 * watcher publishes null on a read error and then drops every new connection, so here the last good one stays.
 * @throws Error when the files cannot be used at the start: better no server than one without the TLS asked for
 */
export function loadTls({ folder, clock, onProblem }: TlsOptions): TlsCredentials {
  const first = readMaterial(folder, clock.now());
  if (!first.ok) throw new Error(`TLS: ${first.error}`);
  let current = first.value;
  let problem: string | undefined;
  const isMutual = current.authority !== undefined;
  const { provider, publish } = createProvider(() => current);
  const reload = (): void => {
    const read = readMaterial(folder, clock.now());
    const isOtherKind = read.ok && (read.value.authority !== undefined) !== isMutual;
    const seen = read.ok ? (isOtherKind ? 'ca.crt has come or gone' : undefined) : read.error;
    if (seen !== problem) onProblem(seen);
    problem = seen;
    if (!read.ok || isOtherKind || isEqual(read.value, current)) return;
    current = read.value;
    publish();
  };
  return {
    // Identity first, authority second: the names in grpc-js 1.14's declaration are the wrong way round.
    credentials: experimental.createCertificateProviderServerCredentials(
      provider,
      isMutual ? provider : null,
      isMutual,
    ),
    expiresAt: () => current.expiresAt,
    watch: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(RELOAD_EVERY, signal);
        if (!signal.aborted) reload();
      }
    },
  };
}

/** What grpc-js asks for certificates; `publish` tells it of new ones. */
function createProvider(current: () => KeyMaterial): { provider: CertificateProvider; publish: () => void } {
  const identities = new Set<OnIdentity>();
  const authorities = new Set<OnAuthority>();
  const publish = (): void => {
    const { certificate, privateKey, authority } = current();
    for (const listener of identities) listener({ certificate, privateKey });
    if (authority) for (const listener of authorities) listener({ caCertificate: authority });
  };
  const provider: CertificateProvider = {
    // Later, not now: the server listens to the credentials only after it has made them listen here.
    addIdentityCertificateListener: (listener) => {
      identities.add(listener);
      queueMicrotask(publish);
    },
    removeIdentityCertificateListener: (listener) => identities.delete(listener),
    addCaCertificateListener: (listener) => {
      authorities.add(listener);
      queueMicrotask(publish);
    },
    removeCaCertificateListener: (listener) => authorities.delete(listener),
  };
  return { provider, publish };
}

/** Reads and checks one state of the files; the error says which check failed, without the content. */
function readMaterial(folder: string, now: Seconds): Result<KeyMaterial, string> {
  try {
    const certificate = readFileSync(join(folder, 'tls.crt'));
    const privateKey = readFileSync(join(folder, 'tls.key'));
    const authority = readOptional(join(folder, 'ca.crt'));
    createSecureContext({ cert: certificate, key: privateKey });
    if (authority) new X509Certificate(authority);
    const expiresAt = Date.parse(new X509Certificate(certificate).validTo) / 1000;
    if (!(expiresAt > now)) return err('the certificate has expired');
    return ok({ certificate, privateKey, authority, expiresAt });
  } catch (cause) {
    return err(cause instanceof Error && 'code' in cause ? String(cause.code) : 'the files cannot be read');
  }
}

function readOptional(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}

function isEqual(a: KeyMaterial, b: KeyMaterial): boolean {
  const isSame = (one: Buffer | undefined, other: Buffer | undefined): boolean =>
    one === other || (one !== undefined && other !== undefined && one.equals(other));
  return isSame(a.certificate, b.certificate) && isSame(a.privateKey, b.privateKey) && isSame(a.authority, b.authority);
}
