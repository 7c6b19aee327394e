import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIT_POLICY, auditFile } from './audit.js';
import { type ClusterCertificates, FRONT_PROXY } from './certificates.js';
import { BIN } from './folders.js';
import type { Kube } from './kube.js';
import type { Processes } from './processes.js';

export interface ControlPlanePorts {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiserver: number;
  readonly controllerManager: number;
  readonly scheduler: number;
}

export interface ControlPlaneOptions {
  readonly folder: string;
  readonly ports: ControlPlanePorts;
  readonly certificates: ClusterCertificates;
  readonly kube: Kube;
  /** The HPA's sync period, as a Go duration. */
  readonly hpaSync: string;
}

const ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** Starts etcd, the API server with its aggregator, the controller manager and the scheduler, on loopback. */
export async function startControlPlane(processes: Processes, options: ControlPlaneOptions): Promise<void> {
  await startEtcd(processes, options);
  await startApiServer(processes, options);
  await Promise.all([startControllerManager(processes, options), startScheduler(processes, options)]);
}

async function startEtcd(processes: Processes, { folder, ports }: ControlPlaneOptions): Promise<void> {
  const url = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  await processes.start({
    name: 'etcd',
    command: join(BIN, 'etcd'),
    args: [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
    ],
    isReady: async () => (await fetch(`${url}/health`)).ok,
  });
}

async function startApiServer(processes: Processes, options: ControlPlaneOptions): Promise<void> {
  const { ports, certificates, kube, folder } = options;
  const { file } = certificates;
  const auditPolicy = join(folder, 'audit-policy.json');
  writeFileSync(auditPolicy, JSON.stringify(AUDIT_POLICY));
  await processes.start({
    name: 'kube-apiserver',
    command: join(BIN, 'kube-apiserver'),
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.apiserver}`,
      `--tls-cert-file=${file('apiserver.crt')}`,
      `--tls-private-key-file=${file('apiserver.key')}`,
      `--client-ca-file=${file('ca.crt')}`,
      '--endpoint-reconciler-type=none',
      '--allow-privileged=true',
      '--authorization-mode=Node,RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      // Pods of kwok carry no token.
      '--disable-admission-plugins=ServiceAccount',
      `--service-account-issuer=${ISSUER}`,
      `--service-account-key-file=${file('service-account.pub')}`,
      `--service-account-signing-key-file=${file('service-account.key')}`,
      // KEDA's adapter is reached through the aggregator.
      `--proxy-client-cert-file=${file('front-proxy.crt')}`,
      `--proxy-client-key-file=${file('front-proxy.key')}`,
      `--requestheader-client-ca-file=${file('ca.crt')}`,
      `--requestheader-allowed-names=${FRONT_PROXY}`,
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--audit-policy-file=${auditPolicy}`,
      `--audit-log-path=${auditFile(folder)}`,
    ],
    isReady: () => kube.isReady(),
  });
}

/** With the HPA in it. Also for another sync period than the bed's, once the one before has been stopped. */
export async function startControllerManager(processes: Processes, options: ControlPlaneOptions): Promise<void> {
  const { ports, certificates, hpaSync } = options;
  await processes.start({
    name: 'kube-controller-manager',
    command: join(BIN, 'kube-controller-manager'),
    args: [
      `--kubeconfig=${certificates.kubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.controllerManager}`,
      `--cert-dir=${join(options.folder, 'pki')}`,
      '--leader-elect=false',
      `--horizontal-pod-autoscaler-sync-period=${hpaSync}`,
      // A sync is two requests: the default of 20 a second would hold up eighty HPAs that sync every two seconds.
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      '--authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics',
      `--root-ca-file=${certificates.file('ca.crt')}`,
      `--service-account-private-key-file=${certificates.file('service-account.key')}`,
    ],
  });
}

async function startScheduler(
  processes: Processes,
  { ports, certificates, folder }: ControlPlaneOptions,
): Promise<void> {
  await processes.start({
    name: 'kube-scheduler',
    command: join(BIN, 'kube-scheduler'),
    args: [
      `--kubeconfig=${certificates.kubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.scheduler}`,
      `--cert-dir=${join(folder, 'pki')}`,
      '--leader-elect=false',
    ],
  });
}
