import type { Seconds } from '../base/units.js';
import { RATE_FAMILY_NAMES, type RateFamilyName } from '../kisim/traffic/families.js';

/** A recorded rate that policies may be trained and tuned on. */
export interface RateSource {
  readonly name: string;
  /** In the data folder. */
  readonly file: string;
  /** Which model's rate, in a file of several. */
  readonly model?: string;
  /** Length of what is recorded, s. */
  readonly span: Seconds;
}

/** Seconds that NAB's Twitter series hold: 15,831 intervals of 5 min at least. */
export const TWITTER_SPAN: Seconds = 4_749_000;

/** Every recording of the train split: no other split has a second of any of these. */
export const TRAINING_SOURCES: readonly RateSource[] = [
  // Two weeks of ten minutes.
  { name: 'servegen-large', file: 'servegen/rate_10min.csv', model: 'm-large', span: 2016 * 600 },
  ...['CRM', 'CVS', 'IBM', 'KO', 'PFE', 'UPS'].map((ticker) => twitterSource(ticker)),
];

/** One of NAB's Twitter series, of whichever split. */
export function twitterSource(ticker: string): RateSource {
  return {
    name: `twitter-${ticker.toLowerCase()}`,
    file: `nab/Twitter_volume_${ticker}.csv`,
    span: TWITTER_SPAN,
  };
}

/** Slow rates are also played so much faster. */
export const COMPRESSION = 12;

/** How often a family counts: silences and surges are what transfer depends on (policy study, "training traffic"). */
export function weightOf(family: RateFamilyName): number {
  return family === 'on-off' || family === 'surges' ? 2 : 1;
}

/** Every synthetic family, as often as it counts. */
export const WEIGHTED_FAMILIES: readonly RateFamilyName[] = RATE_FAMILY_NAMES.flatMap((family) =>
  Array.from({ length: weightOf(family) }, () => family),
);
