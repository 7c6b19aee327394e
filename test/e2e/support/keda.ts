import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ClusterCertificates } from './certificates.js';
import { BIN, SHARE } from './folders.js';
import type { Kube, KubeObject } from './kube.js';
import type { Processes } from './processes.js';

/** What of KEDA a bed runs: a tool's name. */
export type KedaBuild = 'keda' | 'keda-previous';

export interface KedaPorts {
  readonly operatorGrpc: number;
  readonly operatorMetrics: number;
  readonly operatorHealth: number;
  readonly adapter: number;
  readonly adapterMetrics: number;
}

export interface KedaOptions {
  readonly build: KedaBuild;
  readonly ports: KedaPorts;
  readonly certificates: ClusterCertificates;
  readonly kube: Kube;
}

const API_SERVICE = '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io';

/** KEDA's custom resources, operator, adapter, and the API service by which the HPA asks for external metrics. */
export async function startKeda(processes: Processes, options: KedaOptions): Promise<void> {
  const { kube, build } = options;
  await applyCustomResources(kube, build);
  for (const object of [namespace('keda'), ...adapterObjects(options.ports.adapter)]) await kube.apply(object);
  await startOperator(processes, options);
  await startAdapter(processes, options);
  await untilAvailable(kube);
}

async function applyCustomResources(kube: Kube, build: KedaBuild): Promise<void> {
  const folder = join(SHARE, build);
  const objects = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object?.kind === 'CustomResourceDefinition');
  for (const object of objects) if (object) await kube.apply(object);
}

/** The previous minor's programs have the same names, so they are in a folder of their own. */
function programOf(build: KedaBuild, name: 'operator' | 'adapter'): string {
  return build === 'keda' ? join(BIN, name) : join(BIN, build, name);
}

async function startOperator(processes: Processes, { ports, certificates, build }: KedaOptions): Promise<void> {
  await processes.start({
    name: 'keda-operator',
    command: programOf(build, 'operator'),
    args: [
      `--cert-dir=${certificates.kedaFolder}`,
      `--metrics-service-bind-address=127.0.0.1:${ports.operatorGrpc}`,
      `--metrics-bind-address=127.0.0.1:${ports.operatorMetrics}`,
      `--health-probe-bind-address=127.0.0.1:${ports.operatorHealth}`,
      '--zap-encoder=console',
      // The default of 20 a second is spent on polls before eighty ScaledObjects have their HPAs.
      '--kube-api-qps=200',
      '--kube-api-burst=400',
    ],
    env: {
      KUBECONFIG: certificates.kubeconfig,
      // Empty is all namespaces; unset ends it.
      WATCH_NAMESPACE: '',
      KEDA_CLUSTER_OBJECT_NAMESPACE: 'keda',
      POD_NAMESPACE: 'keda',
    },
    isReady: async () => (await fetch(`http://127.0.0.1:${ports.operatorHealth}/readyz`)).ok,
  });
}

async function startAdapter(processes: Processes, { ports, certificates, build }: KedaOptions): Promise<void> {
  const { kubeconfig, kedaFolder } = certificates;
  await processes.start({
    name: 'keda-adapter',
    command: programOf(build, 'adapter'),
    args: [
      `--lister-kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.adapter}`,
      `--port=${ports.adapterMetrics}`,
      `--cert-dir=${kedaFolder}`,
      `--tls-cert-file=${join(kedaFolder, 'tls.crt')}`,
      `--tls-private-key-file=${join(kedaFolder, 'tls.key')}`,
      `--client-ca-file=${certificates.file('ca.crt')}`,
      `--metrics-service-address=localhost:${ports.operatorGrpc}`,
    ],
    env: { KUBECONFIG: kubeconfig, WATCH_NAMESPACE: '', POD_NAMESPACE: 'keda' },
  });
}

/** The aggregator takes an ExternalName for its target where its own routing is off: so loopback can serve an API. */
function adapterObjects(port: number): readonly KubeObject[] {
  const name = 'keda-metrics-apiserver';
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'keda' },
      spec: { type: 'ExternalName', externalName: '127.0.0.1' },
    } as KubeObject,
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.external.metrics.k8s.io' },
      spec: {
        group: 'external.metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name, namespace: 'keda', port },
      },
    } as KubeObject,
  ];
}

interface ApiService {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export async function untilAvailable(kube: Kube): Promise<void> {
  const until = Date.now() + 60_000;
  for (;;) {
    const { status } = await kube.get<ApiService>(API_SERVICE);
    if (status?.conditions?.some((condition) => condition.type === 'Available' && condition.status === 'True')) return;
    if (Date.now() > until) throw new Error("KEDA's adapter is not available to the API server after 60 s");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}
