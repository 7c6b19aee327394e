import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Replicas } from '../../base/units.js';
import type { ReplicaCounts } from '../fleet/replica-counts.js';
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

/** What may be done to live pods over HTTP, where anything may. */
export interface LiveControl {
  replicas(): ReplicaCounts;
  scaleTo(replicas: Replicas): void;
  /** False: no pod of that name serves. */
  crash(pod: string): boolean;
}

export interface LiveServer {
  readonly port: number;
  close(): Promise<void>;
}

const POD_PATH = /^\/pods\/([a-z0-9.-]{1,253})\/(metrics|crash)$/;
const LONGEST_BODY = 1024;
const LARGEST_FLEET = 1000;

/**
 * Serves live pods to a real Prometheus: `/pods/NAME/metrics`, `/kube-state-metrics`, `/dcgm`, and `/targets` for its
 * http_sd_configs. With `control` also `GET` and `PUT /replicas` (`{"replicas": 3}`) and `POST /pods/NAME/crash`. Binds to the
 * loopback interface; `port` 0 takes a free one.
 */
export async function startLiveServer(fleet: LiveExposition, port = 0, control?: LiveControl): Promise<LiveServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (control && path === '/replicas') return void answerReplicas(request, response, control);
    const [, pod, verb] = POD_PATH.exec(path) ?? [];
    if (control && pod !== undefined && verb === 'crash' && request.method === 'POST')
      return void response.writeHead(control.crash(pod) ? 204 : 404).end();
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
  const [, pod, verb] = POD_PATH.exec(path) ?? [];
  return pod === undefined || verb !== 'metrics' ? undefined : fleet.podFamilies(pod);
}

async function answerReplicas(request: IncomingMessage, response: ServerResponse, control: LiveControl): Promise<void> {
  if (request.method === 'PUT') {
    const replicas = await readReplicas(request);
    if (typeof replicas === 'string') return void response.writeHead(400).end(`${replicas}\n`);
    control.scaleTo(replicas);
  } else if (request.method !== 'GET') return void response.writeHead(405).end();
  response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(control.replicas())}\n`);
}

/** The count that a body asks for, or what is wrong with it. */
async function readReplicas(request: IncomingMessage): Promise<Replicas | string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > LONGEST_BODY) return `body: must be at most ${LONGEST_BODY} characters`;
  }
  let replicas: unknown;
  try {
    replicas = (JSON.parse(text) as { readonly replicas?: unknown } | undefined)?.replicas;
  } catch {
    return 'body: must be JSON like {"replicas": 3}';
  }
  if (typeof replicas === 'number' && Number.isInteger(replicas) && replicas >= 0 && replicas <= LARGEST_FLEET)
    return replicas;
  return `replicas: must be a whole number from 0 to ${LARGEST_FLEET}, found ${JSON.stringify(replicas)?.slice(0, 60)}`;
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
