import { experimental, type ServerCredentials } from '@grpc/grpc-js';
import type { KeyMaterial, KeyMaterialFiles } from './key-material.js';

type CertificateProvider = Parameters<typeof experimental.createCertificateProviderServerCredentials>[0];
type OnIdentity = Parameters<CertificateProvider['addIdentityCertificateListener']>[0];
type OnAuthority = Parameters<CertificateProvider['addCaCertificateListener']>[0];

/**
 * TLS for the gRPC server. grpc-js' own file watcher publishes null on a read error and then drops every new connection, so
 * what it serves here is what `files` give out: only material that fits together.
 */
export function createCredentials(files: KeyMaterialFiles): ServerCredentials {
  const { provider, publish } = createProvider(() => files.current);
  files.onChange(publish);
  const { isMutual } = files;
  // Identity first, authority second: the names in grpc-js 1.14's declaration are the wrong way round.
  return experimental.createCertificateProviderServerCredentials(provider, isMutual ? provider : null, isMutual);
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
