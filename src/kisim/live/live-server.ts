import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EXPOSITION_TYPE, type MetricFamily, renderExposition } from '../telemetry/exposition.js';

/** What a Prometheus may scrape of simulated pods. */
export interface LiveExposition {
  readonly namespace: string;
  /** Pods with a metrics endpoint, by name. */
  servingPods(): readonly string[];
  /** What a scrape of this pod shows, or undefined where its endpoint is not up. */
  podFamilies(name: string): readonly MetricFamily[] | undefined;
  /** Left out where a real kube-state-metrics watches the pods. */
  kubeFamilies?(): readonly MetricFamily[];
  dcgmFamilies(): readonly MetricFamily[];
}

export interface LiveServer {
  readonly port: number;
  close(): Promise<void>;
}

const POD_PATH = /^\/pods\/([a-z0-9.-]{1,253})\/metrics$/;

/**
 * Serves live pods to a real Prometheus: `/pods/NAME/metrics`, `/kube-state-metrics`, `/dcgm`, and `/targets` for its
 * http_sd_configs. Binds to the loopback interface; `port` 0 takes a free one.
 */
export async function startLiveServer(fleet: LiveExposition, port = 0): Promise<LiveServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (request.method !== 'GET') return void response.writeHead(405).end();
    if (path === '/targets') return void sendTargets(response, fleet, addressOf(server));
    return void sendFamilies(response, familiesAt(fleet, path));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function familiesAt(fleet: LiveExposition, path: string): readonly MetricFamily[] | undefined {
  if (path === '/kube-state-metrics') return fleet.kubeFamilies?.();
  if (path === '/dcgm') return fleet.dcgmFamilies();
  const pod = POD_PATH.exec(path)?.[1];
  return pod === undefined ? undefined : fleet.podFamilies(pod);
}

function sendFamilies(response: ServerResponse, families: readonly MetricFamily[] | undefined): void {
  if (!families) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': EXPOSITION_TYPE }).end(renderExposition(families));
}

/** Pods get the labels that Kubernetes discovery would add; exporters bring their own, so scrape those with honor_labels. */
function sendTargets(response: ServerResponse, fleet: LiveExposition, address: string): void {
  const { namespace } = fleet;
  const target = (path: string, labels: Readonly<Record<string, string>>): object => ({
    targets: [address],
    labels: { __metrics_path__: path, ...labels },
  });
  const targets = [
    ...fleet.servingPods().map((pod) => target(`/pods/${pod}/metrics`, { job: 'engine', namespace, pod })),
    ...(fleet.kubeFamilies ? [target('/kube-state-metrics', { job: 'kube-state-metrics' })] : []),
    target('/dcgm', { job: 'dcgm' }),
  ];
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(targets));
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
