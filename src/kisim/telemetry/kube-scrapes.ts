import type { Seconds } from '../../base/units.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import { type KubeState, readKubeState } from './kube-state.js';
import { scrapeOffset } from './scrape-offset.js';
import type { ScrapeOptions } from './scrape-options.js';
import type { Observed } from './telemetry-options.js';

/** Scrapes of kube-state-metrics, which shows the cluster as it was a while ago. */
export class KubeScrapes {
  /** What the last scrape found, and when that was; -Infinity before the first. */
  state: KubeState | undefined;
  scrapedAt: Seconds = Number.NEGATIVE_INFINITY;
  readonly #observed: Observed;
  readonly #timers: EventQueue;
  readonly #delay: Seconds;
  readonly #interval: Seconds;
  readonly #isDown: () => boolean;
  /** States on their way, oldest first; a scrape takes the first. */
  readonly #pending: KubeState[] = [];

  constructor(observed: Observed, timers: EventQueue, options: ScrapeOptions, seed: number, isDown: () => boolean) {
    this.#observed = observed;
    this.#timers = timers;
    this.#delay = options.kubeDelay;
    this.#interval = options.kubeInterval;
    this.#isDown = isDown;
    const first = scrapeOffset('kube-state-metrics', this.#interval, seed);
    this.#timers.schedule(Math.max(0, first - this.#delay), PRIORITY.scrape, (now) => this.#look(now, first));
  }

  /** Sees the cluster as the scrape at `scrapeAt` will show it. */
  #look(now: Seconds, scrapeAt: Seconds): void {
    this.#pending.push(readKubeState(this.#observed.spec, this.#observed.pods));
    if (scrapeAt === now) this.#scrape(now);
    else this.#timers.schedule(scrapeAt, PRIORITY.scrape, (at) => this.#scrape(at));
    const next = scrapeAt + this.#interval;
    const lookAt = Math.max(now, next - this.#delay);
    this.#timers.schedule(lookAt, PRIORITY.scrape, (at) => this.#look(at, next));
  }

  #scrape(now: Seconds): void {
    const state = this.#pending.shift();
    if (this.#isDown()) return;
    this.state = state;
    this.scrapedAt = now;
  }
}
