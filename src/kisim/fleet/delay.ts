import { logNormal } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';

/** How long something takes: log-normal (sigma 0: always the median), or quantiles with straight lines between them. */
export type Delay =
  | { readonly median: Seconds; readonly sigma: number }
  /** [probability, seconds], both ascending; below the first and above the last point their own values hold. */
  | { readonly quantiles: readonly (readonly [probability: number, seconds: Seconds])[] };

/** Takes no time. */
export const NO_DELAY: Delay = { median: 0, sigma: 0 };

/** One draw, >= 0; every law takes the same numbers from `rng` each time, whatever their values. */
export function drawDelay(delay: Delay, rng: Rng): Seconds {
  return 'quantiles' in delay ? interpolate(delay.quantiles, rng.next()) : logNormal(rng, delay.median, delay.sigma);
}

/** The value that half of all draws do not exceed. */
export function medianDelay(delay: Delay): Seconds {
  return 'quantiles' in delay ? interpolate(delay.quantiles, 0.5) : delay.median;
}

function interpolate(points: readonly (readonly [number, Seconds])[], probability: number): Seconds {
  let [low, from] = points[0] ?? [0, 0];
  if (probability <= low) return from;
  for (const [high, to] of points) {
    if (probability <= high && high > low) return from + ((to - from) * (probability - low)) / (high - low);
    low = high;
    from = to;
  }
  return from;
}
