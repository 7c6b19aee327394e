import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificate, createCertificate } from '../../support/certificates.js';
import type { KubeAccess } from './kube.js';

export interface ClusterCertificates {
  /** Path of a file of the cluster's set, e.g. `ca.crt`. */
  file(name: string): string;
  /** Folder with ca.crt, tls.crt and tls.key for KEDA's operator and adapter. */
  readonly kedaFolder: string;
  readonly kubeconfig: string;
  readonly access: KubeAccess;
}

/** The name under which the API server's aggregator calls KEDA's adapter. */
const ADAPTER = 'keda-metrics-apiserver.keda.svc';
export const FRONT_PROXY = 'front-proxy-client';

/**
 * Makes every certificate of a cluster in `folder`/pki and `folder`/keda and writes its kubeconfig: one authority, a serving
 * pair, an administrator, the aggregator's client, the service-account key pair, and KEDA's own authority and pair.
 */
export function createClusterCertificates(folder: string, server: string): ClusterCertificates {
  const file = (name: string): string => join(folder, 'pki', name);
  const put = (name: string, { certificate, privateKey }: Certificate): void => {
    writeFileSync(file(`${name}.crt`), certificate);
    writeFileSync(file(`${name}.key`), privateKey, { mode: 0o600 });
  };
  const issuer = createCertificate({ name: 'kiscaler-e2e' });
  const admin = createCertificate({ name: 'admin', organization: 'system:masters', issuer });
  put('ca', issuer);
  put('apiserver', createCertificate({ name: 'kube-apiserver', issuer, hosts: ['kubernetes.default.svc'] }));
  put('admin', admin);
  put('front-proxy', createCertificate({ name: FRONT_PROXY, issuer }));
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(file('service-account.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(file('service-account.key'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });

  const kedaFolder = join(folder, 'keda');
  const kedaIssuer = createCertificate({ name: 'keda' });
  const keda = createCertificate({ name: 'keda-operator', issuer: kedaIssuer, hosts: [ADAPTER] });
  writeFileSync(join(kedaFolder, 'ca.crt'), kedaIssuer.certificate);
  writeFileSync(join(kedaFolder, 'tls.crt'), keda.certificate);
  writeFileSync(join(kedaFolder, 'tls.key'), keda.privateKey, { mode: 0o600 });

  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, renderKubeconfig(server, file), { mode: 0o600 });
  const access = { server, ca: issuer.certificate, cert: admin.certificate, key: admin.privateKey };
  return { file, kedaFolder, kubeconfig, access };
}

function renderKubeconfig(server: string, file: (name: string) => string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster: { server, 'certificate-authority': file('ca.crt') } }],
    users: [{ name: 'admin', user: { 'client-certificate': file('admin.crt'), 'client-key': file('admin.key') } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'admin' } }],
    'current-context': 'e2e',
  });
}
