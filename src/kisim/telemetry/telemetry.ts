import type { Ratio, Seconds } from '../../base/units.js';
import type { Window } from '../../decision/window.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import type { Pod } from '../fleet/pod.js';
import { createSums, evaluate, HOUR, LONG } from './evaluate.js';
import { noSignals, SignalHistory } from './history.js';
import { KubeScrapes } from './kube-scrapes.js';
import { PodSeries } from './pod-series.js';
import { firstScrape, scrapeOffset } from './scrape-offset.js';
import { type ScrapeOptions, scrapeOptions } from './scrape-options.js';
import { SlidingQuantile } from './sliding-quantile.js';
import type { Observed, TelemetryOptions } from './telemetry-options.js';

interface Followed {
  readonly pod: Pod;
  readonly series: PodSeries;
}

/**
 * Prometheus as far as a policy can tell: every pod, the gateway and kube-state-metrics are scraped at their own moment of each
 * interval, and at every evaluation time the preset queries are answered from those samples alone.
 */
export class Telemetry {
  /** No scrape and no query succeeds from here on, until it is false again. */
  isDown = false;
  /** How long queries take; above QUERY_DEADLINE they fail. */
  queryTime: Seconds = 0;
  /** Share of the pods whose scrapes fail, the same pods as long as it lasts. */
  unscrapedShare: Ratio = 0;
  /** Columns of a pod's sample whose series are not exposed under the names that are asked for. */
  hiddenColumns: readonly number[] = [];
  readonly #options: TelemetryOptions;
  readonly #scrapes: ScrapeOptions;
  readonly #observed: Observed;
  readonly #timers: EventQueue;
  readonly #history: SignalHistory;
  readonly #hour: SlidingQuantile;
  readonly #inside: number[] = [];
  readonly #sums: ReturnType<typeof createSums>;
  /** Moments of the interval at which somebody else scrapes, by target. */
  readonly #seen = new Map<string, Seconds>();
  #followed: Followed[] = [];
  readonly #gateway: { at: number[]; count: number[] } = { at: [], count: [] };
  readonly #kube: KubeScrapes;

  constructor(options: TelemetryOptions, observed: Observed, timers: EventQueue) {
    this.#options = options;
    this.#observed = observed;
    this.#timers = timers;
    const { interval, lag } = options.grid;
    this.#scrapes = scrapeOptions(options.scrapes ?? {}, interval);
    const first = Math.ceil(lag / interval);
    this.#history = new SignalHistory(options.grid, first - 1);
    this.#sums = createSums(options);
    this.#hour = new SlidingQuantile(Math.round(HOUR / interval));
    this.#kube = new KubeScrapes(observed, timers, this.#scrapes, options.seed, () => this.isDown);
    if (options.hasGateway) this.#followGateway();
    this.#timers.schedule(first * interval - lag, PRIORITY.evaluate, (at) => this.#evaluate(at, first));
  }

  /** How long after a tick its window is there, or the reader has given up. */
  get windowDelay(): Seconds {
    return Math.min(this.queryTime, QUERY_DEADLINE);
  }

  /** A pod's metrics endpoint has come up for the first time; while its container is down, its target is stale. */
  follow(pod: Pod): void {
    const { scrapeInterval } = this.#scrapes;
    const kept = Math.ceil((LONG * this.#options.grid.interval) / scrapeInterval) + 4;
    const { metric, latencyBounds, headroomOf } = this.#options;
    const series = new PodSeries(metric, latencyBounds.length + 1, kept, headroomOf);
    const followed = { pod, series };
    this.#followed.push(followed);
    const scrape = (at: Seconds): void => {
      this.#observed.catchUp(pod, at);
      if (pod.phase === 'gone') {
        // A Prometheus that was not there when its target vanished never marks it: the look-back does the rest.
        if (!this.isDown) series.isStale = true;
        return;
      }
      if (!this.isDown) this.#scrapePod(followed, at);
      this.#timers.schedule(this.#nextScrape(pod, at), PRIORITY.scrape, scrape);
    };
    const offset = scrapeOffset(pod.name, scrapeInterval, this.#options.seed);
    this.#timers.schedule(firstScrape(pod.readyAt, offset, scrapeInterval), PRIORITY.scrape, scrape);
  }

  /** A real Prometheus has scraped this pod at `at`: from its next turn on it is scraped at that moment of each interval here too. */
  align(pod: Pod, at: Seconds): void {
    this.#seen.set(pod.name, at % this.#scrapes.scrapeInterval);
  }

  #nextScrape(pod: Pod, at: Seconds): Seconds {
    const { scrapeInterval } = this.#scrapes;
    const offset = this.#seen.get(pod.name);
    return offset === undefined ? at + scrapeInterval : firstScrape(at + scrapeInterval / 2, offset, scrapeInterval);
  }

  /** The exporters of a share of the pods that are followed freeze; without one all thaw. */
  freeze(share: Ratio, now: Seconds): void {
    for (const { pod, series } of this.#followed) {
      if (share === 0) series.thaw();
      if (!isInShare(pod, share) || !pod.replica) continue;
      this.#observed.catchUp(pod, now);
      if (pod.replica) series.freeze(pod.replica, now);
    }
  }

  #scrapePod(followed: Followed, at: Seconds): void {
    const { pod, series } = followed;
    if (!pod.replica || !pod.isReachable || isInShare(pod, this.unscrapedShare)) {
      series.isStale = true;
      return;
    }
    if (series.isStale && !this.#followed.includes(followed)) this.#followed.push(followed);
    series.scrape(pod.replica, at, this.hiddenColumns, pod.readyAt);
  }

  window(tick: Seconds): Window {
    return this.#history.window(tick);
  }

  #followGateway(): void {
    const { scrapeInterval } = this.#scrapes;
    const { at: times, count } = this.#gateway;
    const kept = Math.ceil((LONG * this.#options.grid.interval) / scrapeInterval);
    const scrape = (at: Seconds): void => {
      if (!this.isDown) {
        times.push(at);
        count.push(this.#observed.arrivals);
        if (times.length > kept) {
          times.shift();
          count.shift();
        }
      }
      this.#timers.schedule(at + scrapeInterval, PRIORITY.scrape, scrape);
    };
    this.#timers.schedule(scrapeOffset('gateway', scrapeInterval, this.#options.seed), PRIORITY.scrape, scrape);
  }

  #evaluate(at: Seconds, number: number): void {
    const { interval } = this.#options.grid;
    const { lookback } = this.#scrapes;
    const longest = Math.max(lookback, LONG * interval);
    this.#followed = this.#followed.filter(({ pod, series: { isStale, sampledAt } }) => {
      const isLeaving = isStale || pod.phase === 'gone';
      return !isLeaving || sampledAt > at - (isStale ? LONG * interval : longest);
    });
    const signals = evaluate(at, {
      options: this.#options,
      series: this.#followed.map(({ series }) => series),
      gateway: this.#gateway,
      kube: this.#kube.state,
      kubeScrapedAt: this.#kube.scrapedAt,
      lookback,
      inside: this.#inside,
      hour: this.#hour,
      sums: this.#sums,
    });
    this.#history.store(number, this.isDown || this.queryTime > QUERY_DEADLINE ? noSignals() : signals);
    this.#timers.schedule(at + interval, PRIORITY.evaluate, (next) => this.#evaluate(next, number + 1));
  }
}

/** What our reader of Prometheus waits for an answer at most (signals/prometheus-client). */
const QUERY_DEADLINE: Seconds = 10;

/** Whether a pod is among so many of all: by its ordinal, evenly spread. */
function isInShare({ ordinal }: Pod, share: Ratio): boolean {
  return Math.floor((ordinal + 1) * share) > Math.floor(ordinal * share);
}
