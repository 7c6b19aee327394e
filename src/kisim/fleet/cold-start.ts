import { logNormal } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';

/** Time from a pod's creation until it is ready: scheduling, image, weights, engine start-up. */
export interface ColdStart {
  readonly median: Seconds;
  /** Standard deviation of the logarithm; 0: always the median. */
  readonly sigma: number;
}

/**
 * Between the spread of a single model load (ServerlessLLM, 8B on H100: ln(6.03 / 4.44) / 1.645 = 0.19) and that of a whole
 * start as BLIS assumes it (240 +- 30 s: 0.125).
 */
export const COLD_START_SIGMA = 0.15;

/** The draw that belongs to the pod with this ordinal, whatever happened to the others. */
export function drawColdStart({ median, sigma }: ColdStart, ordinal: number, rng: Rng): Seconds {
  return logNormal(rng.stream(`pod/${ordinal}`), median, sigma);
}
