import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Registry } from 'prom-client';

export interface HttpEndpointOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly registry: Registry;
  /** Ready means: configured and able to decide; a Prometheus that is down makes nobody unready. */
  readonly isReady: () => boolean;
}

export interface HttpEndpoint {
  readonly port: number;
  close(): Promise<void>;
}

/** `/metrics` for Prometheus, `/livez` and `/readyz` for the kubelet. */
export async function startHttpEndpoint({ host, port, registry, isReady }: HttpEndpointOptions): Promise<HttpEndpoint> {
  const app = new Hono();
  app.get('/livez', (context) => context.text('ok'));
  app.get('/readyz', (context) => (isReady() ? context.text('ok') : context.text('not ready', 503)));
  app.get('/metrics', async (context) => {
    context.header('content-type', registry.contentType);
    return context.body(await registry.metrics());
  });
  const server = await new Promise<ServerType>((resolve, reject) => {
    const started = serve({ fetch: app.fetch, hostname: host, port }, () => resolve(started));
    started.on('error', reject);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
