import type { Interval } from './bootstrap.js';
import { distanceClosed, formatShare } from './bounds/distance.js';
import type { Score } from './scoreboard.js';

/** Column heads and rows of the scoreboard, as text; `level` digits as people read them. */
export function renderScoreboard(scores: readonly Score[]): {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const interval = ({ estimate, low, high }: Interval, digits: number): string =>
    `${estimate.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
  const percent = ({ estimate, low, high }: Interval): string =>
    `${(100 * estimate).toFixed(1)} [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}]`;
  return {
    head: [
      'price',
      'policy',
      'runs',
      'cost',
      'misses %',
      'cost + price x misses',
      'changes/h',
      'win/tie/loss',
      'closed',
    ],
    rows: scores.map((score) => {
      const { price, policy, runs, cost, missRate, objective, changesPerHour, against } = score;
      return [
        String(price),
        policy,
        String(runs),
        interval(cost, 2),
        percent(missRate),
        interval(objective, 2),
        // A bound that is not played has none.
        Number.isNaN(changesPerHour) ? '' : changesPerHour.toFixed(0),
        against ? `${against.win}/${against.tie}/${against.loss}` : 'reference',
        formatShare(distanceClosed(score, scores)),
      ];
    }),
  };
}
