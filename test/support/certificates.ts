import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, both PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CertificateOptions {
  readonly name: string;
  readonly issuer?: Certificate & { readonly name: string };
  /** Organization of its subject: a Kubernetes group. */
  readonly organization?: string;
  /** Host names that it is for beside localhost. */
  readonly hosts?: readonly string[];
  /** Days until it ends; negative: it has ended. */
  readonly days?: number;
}

const ECDSA_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const ORGANIZATION = Buffer.from('060355040a', 'hex');
const ALT_NAME = Buffer.from('0603551d11', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const DAY_MS = 86_400_000;

/** A certificate for localhost and 127.0.0.1 (X.509 v3, P-256), signed by its issuer or by itself, then as an authority. */
export function createCertificate(options: CertificateOptions): Certificate & { name: string } {
  const { name, issuer, organization, hosts = [], days = 1 } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const names = ['localhost', ...hosts].map((host) => text(0x82, host));
  const extension = issuer
    ? der(0x30, ALT_NAME, der(0x04, der(0x30, ...names, der(0x87, Buffer.from([127, 0, 0, 1])))))
    : der(0x30, BASIC_CONSTRAINTS, der(0x04, der(0x30, der(0x01, Buffer.from([0xff])))));
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    distinguishedName(issuer?.name ?? name),
    der(0x30, time(now - 2 * DAY_MS), time(now + days * DAY_MS)),
    distinguishedName(name, organization),
    spki(publicKey),
    der(0xa3, der(0x30, extension)),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const whole = der(0x30, body, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature));
  return {
    name,
    certificate: pem(whole),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function text(tag: number, value: string): Buffer {
  return der(tag, Buffer.from(value, 'ascii'));
}

function time(ms: number): Buffer {
  return text(0x18, `${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`);
}

function distinguishedName(name: string, organization?: string): Buffer {
  const part = (type: Buffer, value: string): Buffer => der(0x31, der(0x30, type, text(0x0c, value)));
  return der(0x30, ...(organization ? [part(ORGANIZATION, organization)] : []), part(COMMON_NAME, name));
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
