import type { Seconds } from '../../base/units.js';

/** How a Prometheus is set up. */
export interface ScrapeOptions {
  /** Between two scrapes of a pod or gateway. */
  readonly scrapeInterval: Seconds;
  /** Between two scrapes of kube-state-metrics. */
  readonly kubeInterval: Seconds;
  /** By how much kube-state-metrics is behind: its informers and its own resync. */
  readonly kubeDelay: Seconds;
  /** How long a sample stands for the present (--query.lookback-delta). */
  readonly lookback: Seconds;
}

/** Prometheus' default. */
export const LOOKBACK: Seconds = 300;

/** What is not said: scrapes on the grid's interval, and no delay. */
export function scrapeOptions(given: Partial<ScrapeOptions>, interval: Seconds): ScrapeOptions {
  const scrapeInterval = given.scrapeInterval ?? interval;
  return {
    scrapeInterval,
    kubeInterval: given.kubeInterval ?? scrapeInterval,
    kubeDelay: given.kubeDelay ?? 0,
    lookback: given.lookback ?? LOOKBACK,
  };
}
