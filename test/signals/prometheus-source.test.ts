import { expect } from 'chai';
import fc from 'fast-check';
import { err, ok, type Result } from '../../src/base/result.js';
import type { RefusalCode } from '../../src/decision/decision.js';
import { assessFreshness } from '../../src/decision/freshness.js';
import { PrometheusSource } from '../../src/signals/prometheus-source.js';
import type { QueryResult } from '../../src/signals/response.js';
import { buildWorkload } from '../support/windows.js';

const GRID = { interval: 15, ticks: 64, lag: 15 };

const hash = (text: string): number => [...text].reduce((sum, letter, i) => (sum + i * letter.charCodeAt(0)) % 97, 0);

/** A backend whose queries have values by their text and time; `isDown` makes every call fail. */
class FakeBackend {
  isDown = false;
  /** Makes some calls fail. */
  failsAt: (query: string, at: number) => boolean = () => false;
  /** Whether several may be asked for together. */
  takes: 'unions' | 'each alone' = 'unions';
  unions = 0;
  instants = 0;
  ranges = 0;
  /** Points of all ranges. */
  asked = 0;
  valueOf: (query: string, at: number) => number = (query, at) => (hash(query) + ((at / 15) % 5)) / 110;
  labels: Record<string, string> = {};

  async queryInstant(query: string, at: number): Promise<Result<QueryResult, RefusalCode>> {
    this.instants++;
    return this.#answer([{ at, value: this.valueOf(query, at) }], this.failsAt(query, at));
  }

  async queryRange(query: string, { start, end, step }: { start: number; end: number; step: number }) {
    this.ranges++;
    const samples: { at: number; value: number }[] = [];
    for (let at = start; at <= end; at += step) samples.push({ at, value: this.valueOf(query, at) });
    this.asked += samples.length;
    return this.#answer(samples, this.failsAt(query, end));
  }

  async queryTogether(
    queries: ReadonlyMap<string, string>,
    range: { start: number; end: number; step: number },
  ): Promise<Result<ReadonlyMap<string, QueryResult>, RefusalCode | 'refused'>> {
    this.unions++;
    if (this.takes === 'each alone') return err('refused');
    const found = new Map<string, QueryResult>();
    for (const [name, query] of queries) {
      const answer = await this.queryRange(query, range);
      if (!answer.ok) return err(this.isDown ? answer.error : 'refused');
      found.set(name, answer.value);
    }
    return ok(found);
  }

  #answer(samples: readonly { at: number; value: number }[], fails: boolean): Result<QueryResult, RefusalCode> {
    return this.isDown || fails ? err('KIS_METRICS_DOWN') : ok({ samples, labels: this.labels, isPartial: false });
  }
}

function create(backend = new FakeBackend()) {
  return { backend, source: new PrometheusSource({ clients: new Map([['default', backend]]), grid: GRID }) };
}

async function read(source: PrometheusSource, tick: number, workload = buildWorkload()) {
  const result = await source.read(workload, tick);
  if (!result.ok) throw new Error(`nothing read: ${result.error[0]?.code}`);
  return result.value;
}

describe('windows from Prometheus', () => {
  for (const takes of ['unions', 'each alone'] as const)
    it(`are the same whether filled by range or followed by instant queries, of a backend that takes ${takes}`, async () => {
      const fresh = (): ReturnType<typeof create> => {
        const one = create();
        one.backend.takes = takes;
        return one;
      };
      const followed = fresh();
      for (let tick = 15_000; tick <= 16_500; tick += 15) {
        const window = await read(followed.source, tick);
        if (tick % 150 === 0) expect(window).to.deep.equal(await read(fresh().source, tick));
        if (tick % 300 === 0) expect(window).to.deep.equal(await read(create().source, tick));
      }
    });

  it('ask for what was never read once, and for instants from then on', async () => {
    const { backend, source } = create();
    backend.takes = 'each alone';
    await read(source, 15_000);
    const { ranges } = backend;
    expect(ranges).to.be.above(10);
    await read(source, 15_015);
    expect(backend.ranges).to.equal(ranges);
  });

  it('cost a backend that takes unions three requests a tick', async () => {
    const { backend, source } = create();
    await read(source, 15_000);
    backend.unions = 0;
    backend.instants = 0;
    await read(source, 15_015);
    expect(backend).to.include({ unions: 1, instants: 2 });
  });

  it('try a union again ten minutes after it was refused', async () => {
    const { backend, source } = create();
    backend.takes = 'each alone';
    for (let tick = 15_000; tick < 15_600; tick += 15) await read(source, tick);
    expect(backend.unions).to.equal(1);
    backend.takes = 'unions';
    backend.instants = 0;
    await read(source, 15_600);
    await read(source, 15_615);
    expect(backend).to.include({ unions: 3, instants: 4 });
  });

  it('show an outage as a gap that ages, and are whole again after it', async () => {
    const { backend, source } = create();
    backend.valueOf = () => 0.5;
    await read(source, 15_000);
    backend.isDown = true;
    const seen: string[] = [];
    for (let tick = 15_015; tick <= 15_000 + 15 * 13; tick += 15)
      seen.push(assessFreshness(await read(source, tick)).kind);
    expect(seen).to.deep.equal(['complete', ...Array(9).fill('degraded'), 'refused', 'refused', 'refused']);
    backend.isDown = false;
    const healed = await read(source, 15_210);
    backend.ranges = 0;
    expect(healed).to.deep.equal(await read(create(backend).source, 15_210));
    expect(backend.ranges).to.be.above(0);
  });

  it('are whole again after the first tick at which everything answers, whichever queries failed before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 96 }), fc.integer({ min: 1, max: 70 }), async (spared, ticks) => {
        const { backend, source } = create();
        backend.failsAt = (query, at) => (hash(query) + at / 15) % 97 > spared;
        for (let i = 0; i < ticks; i++) await source.read(buildWorkload(), 15_000 + 15 * i);
        backend.failsAt = () => false;
        const tick = 15_000 + 15 * ticks;
        expect(await read(source, tick)).to.deep.equal(await read(create().source, tick));
      }),
      { numRuns: 10 },
    );
  });

  it('ask after an interruption for what is missing, and not for the whole window', async () => {
    const { backend, source } = create();
    await read(source, 15_000);
    backend.failsAt = () => true;
    await read(source, 15_015);
    backend.failsAt = () => false;
    backend.asked = 0;
    backend.ranges = 0;
    await read(source, 15_030);
    expect(backend.ranges).to.be.above(10);
    expect(backend.asked, 'two ticks of each').to.equal(2 * backend.ranges);
  });

  it('are an error when nothing was ever read', async () => {
    const { backend, source } = create();
    backend.isDown = true;
    const result = await source.read(buildWorkload(), 15_000);
    expect(result.ok ? undefined : result.error[0]?.code).to.equal('KIS_METRICS_DOWN');
  });

  it('M17: keep a value outside its range as a gap, not as a number', async () => {
    const { backend, source } = create();
    backend.valueOf = () => 1500;
    const window = await read(source, 15_000);
    expect(window.series.kvUsage.every(Number.isNaN)).to.equal(true);
    expect(window.series.queueDepth.every((value) => value === 1500)).to.equal(true);
  });

  it("find the target in the HPA's labels where the metadata does not name it", async () => {
    const { backend, source } = create();
    const { target: _, ...rest } = buildWorkload();
    backend.labels = { scaletargetref_kind: 'Deployment', scaletargetref_name: 'chat' };
    expect((await read(source, 15_000, rest)).tick).to.equal(15_000);
    const unknown = create();
    expect((await unknown.source.read(rest, 15_000)).ok).to.equal(false);
  });

  it('keep workloads with different objectives apart', async () => {
    const { source } = create();
    const ttft = await read(source, 15_000);
    const e2e = await read(source, 15_000, buildWorkload({ slo: { metric: 'e2e', limit: 9 } }));
    expect(e2e.series.p99Latency[0]).not.to.equal(ttft.series.p99Latency[0]);
  });
});
