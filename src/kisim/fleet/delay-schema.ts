import { z } from 'zod';
import type { Seconds } from '../../base/units.js';
import { duration } from '../duration.js';
import { COLD_START_SIGMA } from './cold-start.js';
import type { Delay } from './delay.js';

const YEAR: Seconds = 366 * 86_400;
const PERCENTILE = /^p\d{1,2}(\.\d{1,3})?$/;

/** A duration alone is sharp; `{ median, sigma }` is log-normal; `{ quantiles: { p50: 0s, p99: 2h } }` has straight lines between. */
export const delaySchema = z
  .preprocess(
    (value) => (typeof value === 'string' || typeof value === 'number' ? { median: value, sigma: 0 } : value),
    z
      .strictObject({
        median: duration(0, YEAR).optional(),
        sigma: z.number().min(0).max(3).default(COLD_START_SIGMA),
        quantiles: z.record(z.string(), duration(0, YEAR)).optional(),
      })
      .superRefine(({ median, quantiles = {} }, context) => {
        const refuse = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
        if ((median === undefined) === (Object.keys(quantiles).length === 0))
          refuse([], 'needs either median or quantiles');
        for (const key of Object.keys(quantiles))
          if (!PERCENTILE.test(key)) refuse(['quantiles', key], 'must be a percentile like p50 or p99.9');
        const values = sortedQuantiles(quantiles).map(([, seconds]) => seconds);
        if (values.some((value, i) => i > 0 && value < (values[i - 1] as number)))
          refuse(['quantiles'], 'must not fall from one percentile to the next');
      }),
  )
  .meta({ kind: 'delay' });

export type DelayField = z.output<typeof delaySchema>;

export function toDelay({ median, sigma, quantiles }: DelayField): Delay {
  return median === undefined ? { quantiles: sortedQuantiles(quantiles ?? {}) } : { median, sigma };
}

/** [probability, seconds], ascending by probability. */
function sortedQuantiles(quantiles: Readonly<Record<string, Seconds>>): readonly (readonly [number, Seconds])[] {
  return Object.entries(quantiles)
    .map(([percentile, seconds]) => [Number(percentile.slice(1)) / 100, seconds] as const)
    .sort(([a], [b]) => a - b);
}
