import { expect } from 'chai';
import { createSystemClock, ManualClock } from '../../src/base/clock.js';
import { PrometheusClient } from '../../src/signals/prometheus-client.js';
import { PART } from '../../src/signals/promql.js';
import { FakePrometheus, type Reply, sendJson, sendVector } from '../support/fake-prometheus.js';

describe('Prometheus client', () => {
  let fake: FakePrometheus;
  let client: PrometheusClient;
  const create = (options: Partial<ConstructorParameters<typeof PrometheusClient>[0]> = {}): PrometheusClient =>
    new PrometheusClient({ baseUrl: fake.url, clock: createSystemClock(), deadline: 0.2, ...options });

  beforeEach(async () => {
    fake = await FakePrometheus.start();
    client = create();
  });

  afterEach(async () => {
    client.close();
    await fake.close();
  });

  const codeFor = async (reply: Reply): Promise<string> => {
    fake.reply = reply;
    const result = await client.queryInstant('up', 10);
    return result.ok ? 'ok' : result.error;
  };

  it('asks for one instant, to the millisecond', async () => {
    fake.reply = (_, response) => sendVector(response, [{ metric: {}, value: [10.5, '3'] }]);
    const result = await client.queryInstant('sum(up)', 10.5);
    expect(result.ok && result.value.samples).to.deep.equal([{ at: 10.5, value: 3 }]);
    expect(Object.fromEntries(fake.requests[0]?.searchParams ?? [])).to.deep.equal({
      query: 'sum(up)',
      time: '10.500',
    });
  });

  it('M1: says down when nobody listens', async () => {
    const deaf = create({ baseUrl: 'http://127.0.0.1:1' });
    expect(await deaf.queryInstant('up', 1)).to.deep.equal({ ok: false, error: 'KIS_METRICS_DOWN' });
  });

  it('M2: gives up on a server that never answers, or only sends headers', async () => {
    expect(await codeFor(() => {})).to.equal('KIS_METRICS_SLOW');
    expect(await codeFor((_, response) => void response.writeHead(200).flushHeaders())).to.equal('KIS_METRICS_SLOW');
  });

  it('M3: gives up on a body that drips', async () => {
    const started = performance.now();
    const code = await codeFor((_, response) => {
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    expect(code).to.equal('KIS_METRICS_SLOW');
    expect(performance.now() - started).to.be.below(1000);
  });

  it('M4: tries a 503 once more, and a 400 never', async () => {
    client = create({ deadline: 10 });
    expect(await codeFor((_, response) => sendJson(response, {}, 503))).to.equal('KIS_METRICS_DOWN');
    expect(fake.requests).to.have.length(2);
    expect(await codeFor((_, response) => sendJson(response, {}, 400))).to.equal('KIS_METRICS_DOWN');
    expect(fake.requests).to.have.length(3);
  });

  it('M4: stops asking after five failures and asks again ten seconds later', async () => {
    const clock = new ManualClock();
    client = create({ clock });
    fake.reply = (_, response) => sendJson(response, {}, 400);
    for (let i = 0; i < 8; i++) await client.queryInstant('up', 1);
    expect(fake.requests).to.have.length(5);
    fake.reply = (_, response) => sendVector(response, []);
    await clock.advance(10);
    expect((await client.queryInstant('up', 1)).ok).to.equal(true);
    expect((await client.queryInstant('up', 1)).ok).to.equal(true);
  });

  it('M5: takes HTML, nothing, half a JSON or a bare NaN for malformed', async () => {
    for (const body of ['<html>login</html>', '', '{"status":"succ', 'NaN', '{}']) {
      expect(await codeFor((_, response) => sendJson(response, body)), body).to.equal('KIS_METRICS_MALFORMED');
    }
  });

  it('M12: stops reading after one megabyte', async () => {
    client = create({ deadline: 10 });
    expect(await codeFor((_, response) => sendJson(response, 'x'.repeat(2_000_000)))).to.equal('KIS_METRICS_OVERSIZE');
  });

  it('M14: follows no redirect and gives its token to nobody else', async () => {
    const other = await FakePrometheus.start();
    client = create({ readToken: () => 'secret' });
    const code = await codeFor((_, response) => void response.writeHead(302, { location: other.url }).end());
    expect(code).to.equal('KIS_METRICS_DOWN');
    expect(other.requests).to.deep.equal([]);
    await other.close();
  });

  describe('asked for several at once', () => {
    const queries = new Map([
      ['a', 'sum(up)'],
      ['b', 'max(up) or vector(1)'],
    ]);
    const at = { start: 10, end: 10, step: 15 };
    const part = (name: string, value: string, at = 10) => ({ metric: { [PART]: name }, value: [at, value] });
    const together = (result: readonly unknown[]): Promise<unknown> => {
      fake.reply = (_, response) => sendVector(response, result);
      return client.queryTogether(queries, at);
    };

    it('posts their union and gives each its own samples', async () => {
      let form = '';
      fake.reply = (_, response, raw) => {
        raw.setEncoding('utf8').on('data', (text: string) => {
          form += text;
        });
        raw.on('end', () => sendVector(response, [part('b', '2'), part('a', '1')]));
      };
      const result = await client.queryTogether(queries, at);
      expect(result.ok && [...result.value].map(([name, { samples }]) => [name, samples])).to.deep.equal([
        ['a', [{ at: 10, value: 1 }]],
        ['b', [{ at: 10, value: 2 }]],
      ]);
      const { query, ...rest } = Object.fromEntries(new URLSearchParams(form));
      expect(rest).to.deep.equal({ time: '10.000' });
      expect(query).to.contain(' or label_replace(max(up) or vector(1), ').and.contain('"a"');
      expect(fake.requests[0]?.pathname).to.equal('/api/v1/query');
      await client.queryTogether(queries, { start: 10, end: 40, step: 15 });
      expect(fake.requests[1]?.pathname).to.equal('/api/v1/query_range');
    });

    it('says nothing of what found nothing', async () => {
      const result = (await together([part('b', '2')])) as { value: ReadonlyMap<string, { samples: unknown[] }> };
      expect(result.value.get('a')?.samples).to.deep.equal([]);
    });

    it('is refused where two series have one name, or one has labels of its own, or the server takes no such thing', async () => {
      const refused = { ok: false, error: 'refused' };
      expect(await together([part('a', '1'), part('a', '2')])).to.deep.equal(refused);
      expect(await together([{ metric: { [PART]: 'a', pod: 'x' }, value: [10, '1'] }])).to.deep.equal(refused);
      for (const status of [400, 403, 405, 413, 422]) {
        fake.reply = (_, response) => sendJson(response, {}, status);
        expect(await client.queryTogether(queries, at), `${status}`).to.deep.equal(refused);
      }
    });

    it('does not take a server that refuses for one that is down, nor one that is down for one that refuses', async () => {
      fake.reply = (_, response) => sendJson(response, {}, 405);
      for (let i = 0; i < 8; i++) await client.queryTogether(queries, at);
      fake.reply = (_, response) => sendVector(response, []);
      expect((await client.queryInstant('up', 10)).ok).to.equal(true);
      fake.reply = (_, response) => sendJson(response, {}, 503);
      for (let i = 0; i < 8; i++)
        expect(await client.queryTogether(queries, at)).to.deep.equal({ ok: false, error: 'KIS_METRICS_DOWN' });
      expect(await codeFor((_, response) => sendVector(response, []))).to.equal('KIS_METRICS_DOWN');
    });
  });

  it('sends its token as it is now', async () => {
    const seen: (string | undefined)[] = [];
    let token = 'first';
    client = create({ readToken: () => token });
    fake.reply = (_, response, raw) => {
      seen.push(raw.headers.authorization);
      sendVector(response, []);
    };
    await client.queryInstant('up', 1);
    token = 'second';
    await client.queryInstant('up', 1);
    expect(seen).to.deep.equal(['Bearer first', 'Bearer second']);
  });
});
