import { createRng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';

/** Where within the interval a target is scraped: fixed by cluster and name, as Prometheus does by a hash of its labels. */
export function scrapeOffset(target: string, interval: Seconds, seed: number): Seconds {
  return createRng(seed, `scrape/${target}`).next() * interval;
}

/** The first scrape at or after `from`. */
export function firstScrape(from: Seconds, offset: Seconds, interval: Seconds): Seconds {
  return offset + Math.max(0, Math.ceil((from - offset) / interval)) * interval;
}
