import { groupBy } from '../../base/group-by.js';
import { compareAll } from '../../evaluation/fronts/compare-all.js';
import { contendersIn } from '../../evaluation/fronts/contender.js';
import { withoutUnavoidable } from '../../evaluation/fronts/unavoidable.js';
import { lengthOf } from '../../evaluation/matrix/matrix.js';
import type { EvaluationRow } from '../../evaluation/row.js';
import { computeScoreboard } from '../../evaluation/scoreboard.js';
import type { ScoreboardSection } from '../../report/scoreboard-page.js';

export interface SectionOptions {
  readonly reference: readonly string[];
  readonly compare?: readonly string[] | undefined;
  readonly episodes: number;
}

/**
 * What rows come to, short and long windows apart: scores, and where a fleet at its maximum was played too, also what policies
 * cost at equal misses.
 */
export function scoreboardSections(
  rows: readonly EvaluationRow[],
  atMaximum: readonly EvaluationRow[],
  { reference, compare, episodes }: SectionOptions,
): readonly ScoreboardSection[] {
  return [...groupBy(rows, ({ traffic }) => lengthOf(traffic))].map(([windows, played]) => {
    const avoidable = withoutUnavoidable(played, atMaximum);
    const policies = compare ?? contendersIn(played);
    const options = { policies, references: reference, leastEpisodes: episodes };
    return {
      windows,
      rows: avoidable,
      scores: computeScoreboard(played, reference[0] as string),
      results: atMaximum.length > 0 ? compareAll(avoidable, options) : [],
    };
  });
}
