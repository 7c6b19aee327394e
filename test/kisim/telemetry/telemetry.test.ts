import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import type { SignalName } from '../../../src/decision/signal.js';
import { DEFAULT_GRID, type Window } from '../../../src/decision/window.js';
import { EventQueue, runUntil } from '../../../src/kisim/event-queue.js';
import { createPod, type Pod } from '../../../src/kisim/fleet/pod.js';
import type { Replica } from '../../../src/kisim/replica/replica.js';
import type { ReplicaCounters } from '../../../src/kisim/replica/request.js';
import { firstScrape, scrapeOffset } from '../../../src/kisim/telemetry/scrape-offset.js';
import { Telemetry } from '../../../src/kisim/telemetry/telemetry.js';

const BOUNDS = [0.5, 1, 2, 4];
const INTERVAL = 15;
const END = 1800;
const SEED = 7;

/** What one pod shows as plain functions of time: a naive recomputation needs nothing else. */
interface Story {
  readonly pod: Pod;
  readonly readyAt: number;
  readonly goneAt: number;
  readonly counter: (at: number) => number;
  readonly gauge: (at: number) => number;
}

function drawStory(ordinal: number, seed: number): Story {
  const rng = createRng(seed).stream(`story/${ordinal}`);
  const readyAt = ordinal < 2 ? 0 : rng.next() * 900;
  const goneAt = rng.next() < 0.5 ? readyAt + 30 + rng.next() * 600 : Number.POSITIVE_INFINITY;
  const slope = 1 + 9 * rng.next();
  const wave = 20 * rng.next();
  const counter = (at: number): number => Math.floor(slope * Math.max(0, at - readyAt));
  const gauge = (at: number): number => Math.floor(5 + 4 * Math.sin(at / wave));
  return { pod: createPod(ordinal, readyAt - 60, readyAt), readyAt, goneAt, counter, gauge };
}

/** An engine that shows its story at the time it was last brought up to; latencies fall evenly on two buckets. */
function storyReplica({ counter, gauge }: Story): Replica {
  let now = 0;
  const counters = (): ReplicaCounters => {
    const count = counter(now);
    const buckets = Float64Array.of(Math.floor(count / 2), 0, Math.ceil(count / 2), 0, 0);
    return {
      finished: count,
      aborted: Math.floor(count / 5),
      promptTokens: 100 * count,
      generationTokens: 50 * count,
      preemptions: Math.floor(count / 10),
      prefixQueries: 0,
      prefixHits: 0,
      busySeconds: now,
      ttftSum: 1.5 * count,
      e2eSum: 0,
      ttftBuckets: buckets,
      e2eBuckets: new Float64Array(5),
      ttftCount: count,
      e2eCount: 0,
    };
  };
  return {
    submit: () => false,
    abort: () => false,
    advance: (until) => {
      now = until;
    },
    nextEventAt: Number.POSITIVE_INFINITY,
    evict: () => [],
    get waiting() {
      return gauge(now);
    },
    get running() {
      return 2 * gauge(now);
    },
    get kvUsage() {
      return gauge(now) / 10;
    },
    get counters() {
      return counters();
    },
  };
}

function simulate(stories: readonly Story[], end = END): (tick: number) => Window {
  const timers = new EventQueue();
  const observed = {
    spec: stories.length,
    pods: stories.map(({ pod }) => pod),
    arrivals: 0,
    catchUp: (pod: Pod, now: number) => pod.replica?.advance(now),
  };
  const telemetry = new Telemetry(
    {
      grid: DEFAULT_GRID,
      metric: 'ttft',
      latencyBounds: BOUNDS,
      bounds: { minReplicas: 0, maxReplicas: 20 },
      engine: 'vllm',
      headroomOf: () => 0.1,
      hasGateway: false,
      seed: SEED,
    },
    observed,
    timers,
  );
  for (const story of stories) {
    const { pod, readyAt, goneAt } = story;
    timers.schedule(readyAt, 1, () => {
      pod.phase = 'ready';
      pod.replica = storyReplica(story);
      telemetry.follow(pod);
    });
    if (Number.isFinite(goneAt))
      timers.schedule(goneAt, 1, () => {
        pod.phase = 'gone';
      });
  }
  runUntil([timers], end);
  return (tick) => telemetry.window(tick);
}

/** All samples of a story, taken on its own scrape times. */
function samplesOf({ pod, readyAt, goneAt, counter, gauge }: Story): { at: number; count: number; gauge: number }[] {
  const offset = scrapeOffset(pod.name, INTERVAL, SEED);
  const samples = [];
  for (let at = firstScrape(readyAt, offset, INTERVAL); at < goneAt && at <= END; at += INTERVAL)
    samples.push({ at, count: counter(at), gauge: gauge(at) });
  return samples;
}

/** sum(rate(counter[range])) from first principles. */
function naiveRate(stories: readonly Story[], at: number, range: number, of: (count: number) => number): number {
  let sum = 0;
  let pods = 0;
  for (const story of stories) {
    const inside = samplesOf(story).filter((sample) => sample.at > at - range && sample.at <= at);
    const [first, last] = [inside[0], inside.at(-1)];
    if (!first || !last || inside.length < 2) continue;
    pods++;
    const covered = last.at - first.at;
    const spacing = covered / (inside.length - 1);
    const rise = of(last.count) - of(first.count);
    if (rise === 0) continue;
    const edge = (gap: number): number => (gap < 1.1 * spacing ? gap : spacing / 2);
    const left = Math.min(edge(first.at - (at - range)), (covered * of(first.count)) / rise);
    sum += (rise * (1 + (left + edge(at - last.at)) / covered)) / range;
  }
  return pods === 0 ? Number.NaN : sum;
}

/** Finished requests are two series: aborted ones (a fifth) and the others; their rates add up. */
function finishedRate(stories: readonly Story[], at: number, range: number): number {
  const aborted = (count: number): number => Math.floor(count / 5);
  return naiveRate(stories, at, range, aborted) + naiveRate(stories, at, range, (count) => count - aborted(count));
}

function naiveGauge(stories: readonly Story[], at: number): number {
  let sum = 0;
  let pods = 0;
  for (const story of stories) {
    const last = samplesOf(story).findLast((sample) => sample.at <= at);
    const isStale = last !== undefined && last.at + INTERVAL <= at;
    if (!last || isStale) continue;
    pods++;
    sum += last.gauge;
  }
  return pods === 0 ? Number.NaN : sum;
}

function same(found: number, expected: number, what: string): void {
  if (Number.isNaN(expected)) expect(found, what).to.satisfy(Number.isNaN);
  else expect(found, what).to.be.closeTo(expected, 1e-9 * Math.max(1, Math.abs(expected)));
}

describe('telemetry', () => {
  it('equals a naive recomputation from first principles on random histories of pods that come and go', () => {
    for (let seed = 0; seed < 8; seed++) {
      const stories = Array.from({ length: 6 }, (_, ordinal) => drawStory(ordinal, seed));
      const window = simulate(stories);
      const newest = (name: SignalName, tick: number): number => window(tick).series[name].at(-1) as number;
      for (let tick = 885; tick <= END; tick += 105) {
        const at = tick - DEFAULT_GRID.lag;
        const what = `seed ${seed}, tick ${tick}`;
        same(newest('completionRate', tick), finishedRate(stories, at, 30), `completions, ${what}`);
        same(
          newest('finishedRate', tick),
          naiveRate(stories, at, 60, (count) => count - Math.floor(count / 5)),
          `finished, ${what}`,
        );
        same(
          newest('promptTokenRate', tick),
          naiveRate(stories, at, 60, (count) => 100 * count),
          `prompts, ${what}`,
        );
        same(
          newest('preemptionRate', tick),
          naiveRate(stories, at, 60, (count) => Math.floor(count / 10)),
          `preemptions, ${what}`,
        );
        const halves = naiveRate(stories, at, 60, (count) => Math.floor(count / 2));
        const all = naiveRate(stories, at, 60, (count) => count);
        same(newest('meanLatency', tick), 1.5, `mean, ${what}`);
        // Half of the requests below 0.5 s, the others between 1 and 2: p99 by linear interpolation in that bucket.
        same(newest('p99Latency', tick), 1 + (0.99 * all - halves) / (all - halves), `p99, ${what}`);
        same(newest('queueDepth', tick), naiveGauge(stories, at), `queue, ${what}`);
        same(newest('runningRequests', tick), 2 * naiveGauge(stories, at), `running, ${what}`);
      }
    }
  });

  it('gives every tick the same values in every window that shows it', () => {
    const window = simulate(Array.from({ length: 4 }, (_, ordinal) => drawStory(ordinal, 3)));
    const late = window(1800);
    const early = window(1200);
    for (const name of ['queueDepth', 'completionRate', 'p99Latency', 'readyReplicas'] as const)
      expect(Array.from(late.series[name].subarray(0, 24)), name).to.deep.equal(
        Array.from(early.series[name].subarray(40)),
      );
  });

  it('knows nothing before the first scrape and refuses windows of the future', () => {
    const window = simulate([drawStory(0, 1)], 20);
    expect(Array.from(window(15).series.queueDepth)).to.satisfy((values: number[]) => values.every(Number.isNaN));
    expect(() => window(45)).to.throw(RangeError, /newest evaluated tick/);
  });

  it('shows 1 as the minimum of an HPA whose ScaledObject may go to 0', () => {
    const window = simulate([drawStory(0, 1)], 600)(600);
    expect([window.series.hpaMinReplicas.at(-1), window.series.hpaMaxReplicas.at(-1)]).to.deep.equal([1, 20]);
  });

  it('scrapes every target at its own fixed moment of the interval', () => {
    const draw = (seed: number) => Array.from({ length: 200 }, (_, i) => scrapeOffset(`replica-${i}`, INTERVAL, seed));
    const offsets = draw(SEED);
    expect(offsets)
      .to.deep.equal(draw(SEED))
      .and.to.not.deep.equal(draw(SEED + 1));
    expect(new Set(offsets).size).to.equal(200);
    expect(Math.min(...offsets)).to.be.at.least(0);
    expect(Math.max(...offsets)).to.be.below(INTERVAL);
  });
});
