import type { Ratio, Seconds } from '../base/units.js';
import type { RefusalCode } from './decision.js';
import { SIGNAL_NAMES, SIGNALS } from './signal.js';
import { latest, latestOr, type Window } from './window.js';

/** Ticks of age up to which a sample counts as fresh: two scrapes and the tick that asks. */
const FRESH_TICKS = 3;
/** Ticks of age up to which the last window still answers (never downwards): three minutes on the 15 s grid. */
const STALE_TICKS = 12;
/** Pods that have been ready for this many ticks must have been scraped by now. */
const SETTLED_TICKS = 4;
const ENOUGH_SCRAPED: Ratio = 0.9;
const QUORUM: Ratio = 0.5;
const REQUIRED = SIGNAL_NAMES.filter((name) => SIGNALS[name].required);

/** How far a window can be trusted. `complete`: fully. `degraded`: an answer, but never a lower one. `refused`: no answer. */
export type Freshness =
  | { readonly kind: 'complete' }
  | { readonly kind: 'degraded'; readonly because: 'stale' | 'partial' | 'starting' }
  | { readonly kind: 'refused'; readonly code: RefusalCode };

/** Judges the age of every required signal and the share of ready replicas that was scraped. Pure. */
export function assessFreshness(window: Window): Freshness {
  const spec = latest(window, 'specReplicas');
  const ready = latest(window, 'readyReplicas');
  if (!spec || !ready) return { kind: 'refused', code: 'KIS_METRICS_EMPTY' };
  const age = oldestAge(window);
  // No pod is ready, says a live companion series: engine series are then absent for a reason, and absent is no zero to act on.
  const isEmptyForAReason =
    ready.value === 0 && ready.ticksAgo * window.grid.interval <= FRESH_TICKS * window.grid.interval;
  if (age === undefined) {
    return isEmptyForAReason
      ? { kind: 'degraded', because: 'starting' }
      : { kind: 'refused', code: 'KIS_METRICS_EMPTY' };
  }
  if (age > STALE_TICKS * window.grid.interval) {
    return isEmptyForAReason
      ? { kind: 'degraded', because: 'starting' }
      : { kind: 'refused', code: 'KIS_METRICS_STALE' };
  }
  if (age > FRESH_TICKS * window.grid.interval) return { kind: 'degraded', because: 'stale' };
  return assessCoverage(window);
}

/** Seconds since the oldest of the required signals' newest samples was taken; undefined when one has no sample at all. */
export function oldestAge(window: Window): Seconds | undefined {
  let ticksAgo = 0;
  for (const name of REQUIRED) {
    const sample = latest(window, name);
    if (!sample) return undefined;
    ticksAgo = Math.max(ticksAgo, sample.ticksAgo);
  }
  return ticksAgo * window.grid.interval + window.grid.lag + latestOr(window, 'sampleAge', 0);
}

function assessCoverage(window: Window): Freshness {
  const scraped = latest(window, 'scrapedReplicas');
  const settled = settledReplicas(window);
  if (!scraped || settled === 0) return { kind: 'complete' };
  const share = scraped.value / settled;
  if (share < QUORUM) return { kind: 'refused', code: 'KIS_METRICS_PARTIAL' };
  return share < ENOUGH_SCRAPED ? { kind: 'degraded', because: 'partial' } : { kind: 'complete' };
}

/** Replicas that were ready at every one of the last ticks: a pod that has just become ready need not be scraped yet. */
function settledReplicas(window: Window): number {
  const { readyReplicas } = window.series;
  let least = Number.POSITIVE_INFINITY;
  for (let i = Math.max(0, readyReplicas.length - SETTLED_TICKS); i < readyReplicas.length; i++) {
    const value = readyReplicas[i] as number;
    if (!Number.isNaN(value)) least = Math.min(least, value);
  }
  return Number.isFinite(least) ? least : 0;
}
