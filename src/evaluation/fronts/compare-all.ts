import { groupBy } from '../../base/group-by.js';
import { createRng } from '../../base/rng.js';
import type { Ratio } from '../../base/units.js';
import type { Interval } from '../bootstrap.js';
import { lengthOf, type WindowLength } from '../matrix/matrix.js';
import type { EvaluationRow } from '../row.js';
import { compareFronts, costsAtMisses, type FrontComparison } from './compare-fronts.js';

/** Levels of misses at which policies are compared, the headline first. */
export const LEVELS: readonly Ratio[] = [0.01, 0.03];

export interface CompareAllOptions {
  /** Contenders by name (`readContender`). */
  readonly policies: readonly string[];
  readonly references: readonly string[];
  /** How many episodes of misses either cost must rest on; default: as many as the rules of judging want. */
  readonly leastEpisodes?: number | undefined;
}

/** A policy at a level of misses, on the windows of one length. */
export interface LevelResult {
  /** Undefined: traffic that is not of the matrix. */
  readonly windows: WindowLength | undefined;
  readonly level: Ratio;
  readonly policy: string;
  /** Geometric mean over the traces whose front has the level. */
  readonly cost: Interval | undefined;
  readonly costByTrace: ReadonlyMap<string, number | undefined>;
  /** Against every reference but itself. */
  readonly against: readonly FrontComparison[];
}

/** Every policy against every reference at every level, short and long windows apart. Equal rows give equal results. */
export function compareAll(
  rows: readonly EvaluationRow[],
  { policies, references, leastEpisodes }: CompareAllOptions,
): readonly LevelResult[] {
  const rng = createRng(1).stream('fronts');
  return [...groupBy(rows, ({ traffic }) => lengthOf(traffic))].flatMap(([windows, ofLength]) =>
    LEVELS.flatMap((level) =>
      policies.map((policy) => {
        const { cost, byTrace } = costsAtMisses(ofLength, policy, level, rng.stream(policy));
        const against = references
          .filter((reference) => reference !== policy)
          .map((reference) =>
            compareFronts(ofLength, { policy, reference, level, leastEpisodes }, rng.stream(`${policy}/${reference}`)),
          );
        return { windows, level, policy, cost, costByTrace: byTrace, against };
      }),
    ),
  );
}
