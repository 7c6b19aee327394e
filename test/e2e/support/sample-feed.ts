import type { Feed, FleetFrame, Frame, LogLine, PageAction } from '../../../src/page/feed.js';
import { CHAT_KEYS, type DialTraffic } from './chat-fleet.js';
import type { Kiscaler } from './kiscaler.js';
import type { Scene } from './scene.js';

const EVERY_MS = 2000;
/** Frames that a page opened late still gets: half an hour. */
const KEPT = 900;
const SPIKE = { seconds: 90, times: 3 };
const HOUR_MS = 3_600_000;

/** What the page asks of Prometheus; the fleet's own namespace stands for $NS. */
const QUERIES = {
  queue: 'sum(vllm:num_requests_waiting{namespace="$NS"})',
  p99: 'histogram_quantile(0.99, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket{namespace="$NS"}[1m])))',
  headroom: '1 - max(vllm:kv_cache_usage_perc{namespace="$NS"})',
} as const;

export interface Sample {
  readonly scene: Scene;
  readonly kiscaler: Kiscaler;
  readonly traffic: DialTraffic;
  /** Requests and misses so far. */
  readonly ledger: { readonly injected: number; readonly misses: number };
  /** What traffic would be without a spike, requests a second. */
  readonly rate: () => number;
}

/** The live page for the bed that is left running: everything is what Prometheus and the API server say. */
export class SampleFeed implements Feed {
  readonly #sample: Sample;
  readonly #frames: Frame[] = [];
  readonly #listeners = new Set<(frames: readonly Frame[]) => void>();
  readonly #started = Date.now();
  #last = Date.now();
  #spikeUntil = 0;
  #areMetricsStopped = false;
  #replicaHours = 0;
  #said = '';

  constructor(sample: Sample) {
    this.#sample = sample;
    setInterval(() => void this.#look().catch(() => {}), EVERY_MS).unref();
  }

  subscribe(listener: (frames: readonly Frame[]) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#frames);
    return () => this.#listeners.delete(listener);
  }

  /** A surge, or Prometheus held and let go; there is no model to break. */
  act(action: PageAction): void {
    if (action === 'spike') this.#spikeUntil = Date.now() + 1000 * SPIKE.seconds;
    if (action !== 'metrics') return;
    const prometheus = this.#sample.scene.bed.processes.find('prometheus');
    this.#areMetricsStopped = !this.#areMetricsStopped;
    if (this.#areMetricsStopped) prometheus.freeze();
    else prometheus.thaw();
  }

  async #look(): Promise<void> {
    const { traffic, rate } = this.#sample;
    traffic.rate = rate() * (Date.now() < this.#spikeUntil ? SPIKE.times : 1);
    const { fleet, line } = await this.#see();
    const frame: Frame = {
      at: (Date.now() - this.#started) / 1000,
      arrivals: traffic.rate,
      slo: 2,
      source: line.source,
      areMetricsStopped: this.#areMetricsStopped,
      isModelBroken: false,
      fleets: [fleet],
      log: line.sentence === this.#said ? [] : [line],
    };
    this.#said = line.sentence;
    this.#frames.push(frame);
    this.#frames.splice(0, this.#frames.length - KEPT);
    for (const tell of this.#listeners) tell([frame]);
  }

  async #see(): Promise<{ readonly fleet: FleetFrame; readonly line: LogLine }> {
    const { scene, kiscaler, ledger } = this.#sample;
    const [queue, p99, headroom] = await Promise.all(
      [QUERIES.queue, QUERIES.p99, QUERIES.headroom].map((query) => this.#query(query)),
    );
    const { spec, status } = await scene.deployment('chat');
    const { readyReplicas: ready = 0 } = status;
    const decision = await kiscaler.decision(scene.namespace, 'chat', CHAT_KEYS);
    const now = Date.now();
    this.#replicaHours += (spec.replicas * (now - this.#last)) / HOUR_MS;
    this.#last = now;
    return {
      fleet: {
        name: 'kiscaler',
        queue: queue ?? Number.NaN,
        p99: p99 ?? Number.NaN,
        headroom: headroom ?? Number.NaN,
        ready,
        starting: Math.max(0, spec.replicas - ready),
        replicaHours: this.#replicaHours,
        dollars: Number.NaN,
        missRate: ledger.misses / ledger.injected,
      },
      line: {
        at: (now - this.#started) / 1000,
        source: decision?.source ?? 'refusal',
        sentence: decision?.sentence ?? 'no answer: the HPA holds',
      },
    };
  }

  /** NaN while Prometheus does not answer. */
  async #query(query: string): Promise<number> {
    const { bed, namespace } = this.#sample.scene;
    const url = `${bed.prometheusUrl}/api/v1/query?${new URLSearchParams({ query: query.replace('$NS', namespace) })}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(EVERY_MS / 2) }).catch(() => undefined);
    const body = (await response?.json()) as { data?: { result?: { value: [number, string] }[] } } | undefined;
    return Number(body?.data?.result?.[0]?.value[1] ?? Number.NaN);
  }
}
