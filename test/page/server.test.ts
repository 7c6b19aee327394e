import { expect } from 'chai';
import type { Feed, Frame, PageAction } from '../../src/page/feed.js';
import { type Page, startPage } from '../../src/page/server.js';

const frame = (at: number): Frame => ({
  at,
  arrivals: 3,
  slo: 2,
  source: 'policy',
  areMetricsStopped: false,
  isModelBroken: false,
  fleets: [],
  log: [],
});

/** Holds one past frame and whatever the test publishes. */
class FakeFeed implements Feed {
  readonly actions: PageAction[] = [];
  listeners = new Set<(frames: readonly Frame[]) => void>();

  subscribe(listener: (frames: readonly Frame[]) => void): () => void {
    this.listeners.add(listener);
    listener([frame(1)]);
    return () => this.listeners.delete(listener);
  }

  act(action: PageAction): void {
    this.actions.push(action);
  }
}

describe('live page', () => {
  let feed: FakeFeed;
  let page: Page;
  const post = (name: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${page.url}actions/${name}`, { method: 'POST', headers: { origin: page.url.slice(0, -1), ...headers } });

  beforeEach(async () => {
    feed = new FakeFeed();
    page = await startPage(feed);
  });

  afterEach(() => page.close());

  it('listens on the loopback interface only', () => {
    expect(new URL(page.url).hostname).to.equal('127.0.0.1');
  });

  it('says that its telemetry is simulated, and loads nothing from elsewhere', async () => {
    const response = await fetch(page.url);
    expect(response.headers.get('content-security-policy')).to.match(/default-src 'none'; script-src 'self'/);
    const html = await response.text();
    expect(html).to.include('simulated telemetry');
    expect(html).not.to.match(/https?:\/\//);
  });

  it('serves every file that its page names', async () => {
    const html = await (await fetch(page.url)).text();
    const names = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] as string);
    expect(names).to.have.length(3);
    for (const name of names) expect((await fetch(new URL(name, page.url))).status, name).to.equal(200);
  });

  it('streams the past, then every new frame, and forgets who left', async () => {
    const leaving = new AbortController();
    const response = await fetch(`${page.url}events`, { signal: leaving.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const next = async (): Promise<Frame[]> => {
      const { value } = await reader.read();
      return JSON.parse(/data: (.*)/.exec(new TextDecoder().decode(value))?.[1] ?? 'null');
    };
    expect((await next()).map(({ at }) => at)).to.deep.equal([1]);
    for (const listener of feed.listeners) listener([frame(2)]);
    expect((await next()).map(({ at }) => at)).to.deep.equal([2]);
    leaving.abort();
    for (let i = 0; i < 100 && feed.listeners.size > 0; i++) await new Promise((resolve) => setImmediate(resolve));
    await reader.cancel().catch(() => {});
  });

  it('does what its own buttons ask', async () => {
    expect((await post('spike')).status).to.equal(204);
    expect((await post('model')).status).to.equal(204);
    expect(feed.actions).to.deep.equal(['spike', 'model']);
    expect((await post('shutdown')).status).to.equal(404);
  });

  it("refuses another site's script, and a foreign name that resolves here", async () => {
    expect((await post('spike', { origin: 'http://evil.example' })).status).to.equal(403);
    expect((await fetch(`${page.url}actions/spike`, { method: 'POST' })).status).to.equal(403);
    expect(feed.actions).to.deep.equal([]);
  });
});
