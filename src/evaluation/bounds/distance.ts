import { geometricMean } from '../../base/statistics.js';
import type { Ratio } from '../../base/units.js';
import { LAW_NAMES } from '../../policies/registry.js';
import type { LevelResult } from '../fronts/compare-all.js';
import type { FrontComparison } from '../fronts/compare-fronts.js';
import type { Score } from '../scoreboard.js';
import { CLAIRVOYANT } from './clairvoyant.js';

/**
 * How much of the distance from the best hand-written law to the achievable clairvoyant a score closes, by the objective at its
 * price: 0 is that law, 1 the clairvoyant, below 0 worse than the law. Undefined where either is not there, or no distance.
 */
export function distanceClosed({ price, objective }: Score, scores: readonly Score[]): Ratio | undefined {
  const there = scores.filter((score) => score.price === price);
  const laws = there.filter(({ policy }) => LAW_NAMES.includes(policy.split(':', 1)[0] as string));
  const best = Math.min(...laws.map((score) => score.objective.estimate));
  const clairvoyant = there.find(({ policy }) => policy === CLAIRVOYANT)?.objective.estimate;
  return clairvoyant === undefined ? undefined : share(best, objective.estimate, clairvoyant);
}

/**
 * The same at equal misses against a reference, by the geometric mean of costs over those traces where both can be told against
 * it; `results` are those of one length of windows and one level.
 */
export function distanceClosedAtLevel(own: FrontComparison, results: readonly LevelResult[]): Ratio | undefined {
  const clairvoyant = results
    .find(({ policy }) => policy === CLAIRVOYANT)
    ?.against.find(({ reference }) => reference === own.reference);
  const ratios = new Map(clairvoyant?.traces.map(({ trace, ratio }) => [trace, ratio]));
  const both = own.traces.flatMap(({ trace, ratio }) => {
    const least = ratios.get(trace);
    return ratio === undefined || least === undefined ? [] : [{ ratio, least }];
  });
  if (both.length === 0) return undefined;
  return share(1, geometricMean(both.map(({ ratio }) => ratio)), geometricMean(both.map(({ least }) => least)));
}

function share(from: number, at: number, to: number): Ratio | undefined {
  return Number.isFinite(from) && from > to ? (from - at) / (from - to) : undefined;
}

/** As a table has it. */
export function formatShare(closed: Ratio | undefined): string {
  return closed === undefined ? '' : `${(100 * closed).toFixed(0)} %`;
}
