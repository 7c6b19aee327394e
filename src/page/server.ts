import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { type Feed, type Frame, PAGE_ACTIONS, type PageAction } from './feed.js';

/** Scripts and styles from here only; nothing else is loaded, framed or connected to. echarts sets styles on elements. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:";

const ASSETS: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
};

export interface Page {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the live page on the loopback interface. Buttons post to /actions/NAME and must come from the page itself: another
 * site's script, or a name that only resolves to this host, is refused.
 */
export async function startPage(feed: Feed, port = 0): Promise<Page> {
  const app = new Hono();
  const charts = readFileSync(createRequire(import.meta.url).resolve('echarts/dist/echarts.common.min.js'));
  app.use(async (context, next) => {
    await next();
    context.header('content-security-policy', POLICY);
    context.header('x-content-type-options', 'nosniff');
    context.header('referrer-policy', 'no-referrer');
  });
  for (const [path, [file, type]] of Object.entries(ASSETS)) {
    const body = readFileSync(new URL(`./assets/${file}`, import.meta.url));
    app.get(path, (context) => context.body(body, 200, { 'content-type': type }));
  }
  app.get('/echarts.js', (context) => context.body(charts, 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  app.get('/events', (context) =>
    streamSSE(context, async (stream) => {
      const pending: (readonly Frame[])[] = [];
      let wake = (): void => {};
      const unsubscribe = feed.subscribe((frames) => {
        pending.push(frames);
        wake();
      });
      stream.onAbort(() => {
        unsubscribe();
        wake();
      });
      while (!stream.aborted) {
        const frames = pending.splice(0).flat();
        if (frames.length > 0) await stream.writeSSE({ data: JSON.stringify(frames) });
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    }),
  );
  app.post('/actions/:name', (context) => {
    const origin = context.req.header('origin');
    if (origin !== `http://${context.req.header('host')}` || !isLoopback(context.req.header('host')))
      return context.text('forbidden', 403);
    const name = context.req.param('name');
    if (!isAction(name)) return context.text('no such action', 404);
    feed.act(name);
    return context.body(null, 204);
  });
  const server = await listen(app, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

function listen(app: Hono, port: number): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, () => resolve(server));
    server.on('error', reject);
  });
}

function isLoopback(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host ?? '');
}

function isAction(name: string): name is PageAction {
  return (PAGE_ACTIONS as readonly string[]).includes(name);
}
