import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../base/clock.js';
import { err, ok, type Result } from '../base/result.js';
import type { Seconds } from '../base/units.js';

/** A key pair that fits together and, with it, the authority that clients must be signed by. */
export interface KeyMaterial {
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  readonly authority: Buffer | undefined;
  readonly expiresAt: Seconds;
}

export interface KeyMaterialOptions {
  /** Holds tls.crt and tls.key, and ca.crt where clients must show a certificate of that authority. */
  readonly folder: string;
  readonly clock: Clock;
  /** Told once of every state of the files that cannot be used; `undefined`: they can again. */
  readonly onProblem: (problem: string | undefined) => void;
}

const RELOAD_EVERY: Seconds = 30;

/**
 * Keys and certificates from files that are followed when they change. Only material that fits together is ever given out; while
 * the files hold anything else, the last good one stays.
 */
export class KeyMaterialFiles {
  readonly #options: KeyMaterialOptions;
  readonly #listeners = new Set<() => void>();
  #current: KeyMaterial;
  #problem: string | undefined;

  /** @throws Error when the files cannot be used at the start: better no server than one without the TLS asked for */
  constructor(options: KeyMaterialOptions) {
    const first = readMaterial(options.folder, options.clock.now());
    if (!first.ok) throw new Error(`TLS: ${first.error}`);
    this.#options = options;
    this.#current = first.value;
  }

  get current(): KeyMaterial {
    return this.#current;
  }

  /** Whether clients must show a certificate; it cannot change while a server runs. */
  get isMutual(): boolean {
    return this.#current.authority !== undefined;
  }

  /** Calls back when there is new material. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Looks for new files until the signal is aborted. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(RELOAD_EVERY, signal);
      if (!signal.aborted) this.#reload();
    }
  }

  #reload(): void {
    const { folder, clock, onProblem } = this.#options;
    const read = readMaterial(folder, clock.now());
    const isOtherKind = read.ok && (read.value.authority !== undefined) !== this.isMutual;
    const seen = read.ok ? (isOtherKind ? 'ca.crt has come or gone' : undefined) : read.error;
    if (seen !== this.#problem) onProblem(seen);
    this.#problem = seen;
    if (!read.ok || isOtherKind || isEqual(read.value, this.#current)) return;
    this.#current = read.value;
    for (const listener of this.#listeners) listener();
  }
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
