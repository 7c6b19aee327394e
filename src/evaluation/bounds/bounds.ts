import type { PlannedRun, RunPlan } from '../planned-run.js';
import type { EvaluationRow } from '../row.js';
import { bestInHindsight } from './hindsight.js';

/** What no policy can be, because it knows the window: rows of the scoreboard and its fronts beside those of policies. */
export interface Bound {
  readonly name: string;
  readonly meaning: string;
  /** What has to be played for it. */
  readonly plan: (plan: Omit<RunPlan, 'policies'>) => readonly PlannedRun[];
  /** Its rows at every price, made of those of what it planned. */
  readonly toRows: (played: readonly EvaluationRow[], prices: readonly number[]) => readonly EvaluationRow[];
}

const hindsightStatic: Bound = {
  name: 'hindsight-static',
  meaning: 'the best fixed count of every window, chosen afterwards',
  plan: ({ cases, prices, seeds }) =>
    cases.flatMap((one) =>
      seeds.flatMap((seed) =>
        // A fixed count is not told the price: it is played once.
        prices.slice(0, 1).flatMap((price) =>
          Array.from({ length: one.scenario.replicas.max }, (_, i) => ({
            case: one,
            policy: `static-${i + 1}`,
            price,
            seed,
          })),
        ),
      ),
    ),
  toRows: (played, prices) => bestInHindsight(played, 'hindsight-static', prices),
};

export const BOUNDS: readonly Bound[] = [hindsightStatic];

/** Names of the bounds, for messages and help texts. */
export const BOUND_NAMES: readonly string[] = BOUNDS.map(({ name }) => name);
