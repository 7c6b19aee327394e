import type { Requests, Seconds } from '../../base/units.js';
import type { Grid, Window } from '../../decision/window.js';
import type { Bounds, SloMetric } from '../../decision/workload.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import type { Pod } from '../fleet/pod.js';
import { evaluate, HOUR, LONG } from './evaluate.js';
import { noSignals, SignalHistory } from './history.js';
import { type KubeState, readKubeState } from './kube-state.js';
import { PodSeries } from './pod-series.js';
import { firstScrape, scrapeOffset } from './scrape-offset.js';
import { SlidingQuantile } from './sliding-quantile.js';

export interface TelemetryOptions {
  readonly grid: Grid;
  readonly metric: SloMetric;
  /** Upper bounds of the engine's histogram of that metric, without +Inf; ascending seconds. */
  readonly latencyBounds: readonly Seconds[];
  /** Of the ScaledObject, as its HPA shows them. */
  readonly bounds: Bounds;
  /** Free share of GPU memory; NaN: no DCGM exporter. */
  readonly gpuMemoryHeadroom: number;
  /** Whether a gateway counts arrivals. */
  readonly hasGateway: boolean;
  /** Of the moments at which targets are scraped. */
  readonly seed: number;
}

/** What is observed of a fleet. */
export interface Observed {
  readonly spec: number;
  readonly pods: readonly Pod[];
  readonly arrivals: Requests;
  /** Brings a pod's engine up to the present. */
  catchUp(pod: Pod, now: Seconds): void;
}

/**
 * Prometheus as far as a policy can tell: every pod, the gateway and kube-state-metrics are scraped at their own moment of each
 * interval, and at every evaluation time the preset queries are answered from those samples alone.
 */
export class Telemetry {
  /** No scrape and no query succeeds from here on, until it is false again. */
  isDown = false;
  readonly #options: TelemetryOptions;
  readonly #observed: Observed;
  readonly #timers: EventQueue;
  readonly #history: SignalHistory;
  readonly #hour: SlidingQuantile;
  #series: PodSeries[] = [];
  readonly #gateway: { at: number[]; count: number[] } = { at: [], count: [] };
  #kube: KubeState | undefined;

  constructor(options: TelemetryOptions, observed: Observed, timers: EventQueue) {
    this.#options = options;
    this.#observed = observed;
    this.#timers = timers;
    const { interval, lag } = options.grid;
    const first = Math.ceil(lag / interval);
    this.#history = new SignalHistory(options.grid, first - 1);
    this.#hour = new SlidingQuantile(Math.round(HOUR / interval));
    this.#repeat('kube-state-metrics', PRIORITY.scrape, () => this.#scrapeKube());
    if (options.hasGateway) this.#repeat('gateway', PRIORITY.scrape, (at) => this.#scrapeGateway(at));
    this.#timers.schedule(first * interval - lag, PRIORITY.evaluate, (at) => this.#evaluate(at, first));
  }

  /** A pod's metrics endpoint has come up for the first time; while its container is down, its target is stale. */
  follow(pod: Pod): void {
    const { interval } = this.#options.grid;
    const series = new PodSeries(this.#options.metric, this.#options.latencyBounds.length + 1);
    this.#series.push(series);
    const scrape = (at: Seconds): void => {
      this.#observed.catchUp(pod, at);
      if (pod.phase === 'gone') {
        series.isStale = true;
        return;
      }
      if (!this.isDown) this.#scrapePod(pod, series, at);
      this.#timers.schedule(at + interval, PRIORITY.scrape, scrape);
    };
    const offset = scrapeOffset(pod.name, interval, this.#options.seed);
    this.#timers.schedule(firstScrape(pod.readyAt, offset, interval), PRIORITY.scrape, scrape);
  }

  #scrapePod(pod: Pod, series: PodSeries, at: Seconds): void {
    if (!pod.replica) {
      series.isStale = true;
      return;
    }
    if (series.isStale && !this.#series.includes(series)) this.#series.push(series);
    series.scrape(pod.replica, at);
  }

  window(tick: Seconds): Window {
    return this.#history.window(tick);
  }

  #repeat(target: string, priority: number, scrape: (at: Seconds) => void): void {
    const { grid, seed } = this.#options;
    const { interval } = grid;
    const tick = (at: Seconds): void => {
      if (!this.isDown) scrape(at);
      this.#timers.schedule(at + interval, priority, tick);
    };
    this.#timers.schedule(scrapeOffset(target, interval, seed), priority, tick);
  }

  #scrapeKube(): void {
    this.#kube = readKubeState(this.#observed.spec, this.#observed.pods);
  }

  #scrapeGateway(at: Seconds): void {
    const { at: times, count } = this.#gateway;
    times.push(at);
    count.push(this.#observed.arrivals);
    if (times.length > 4) {
      times.shift();
      count.shift();
    }
  }

  #evaluate(at: Seconds, number: number): void {
    const { interval } = this.#options.grid;
    this.#series = this.#series.filter((series) => !series.isStale || series.sampledAt > at - LONG * interval);
    const signals = this.isDown
      ? noSignals()
      : evaluate(at, number, {
          options: this.#options,
          series: this.#series,
          gateway: this.#gateway,
          kube: this.#kube,
          history: this.#history,
          hour: this.#hour,
        });
    this.#history.store(number, signals);
    this.#timers.schedule(at + interval, PRIORITY.evaluate, (next) => this.#evaluate(next, number + 1));
  }
}
