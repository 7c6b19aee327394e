import type { EvaluationCase, PlannedPolicy, PlannedRun } from '../planned-run.js';
import { planRuns } from '../planned-run.js';
import type { EvaluationRow } from '../row.js';
import type { StressCase } from './stress-cases.js';

/** A run's row, and the variation under which it was played. */
export interface StressRow extends EvaluationRow {
  readonly variation: string;
}

export interface StressPlan {
  readonly cases: readonly StressCase[];
  readonly policies: readonly PlannedPolicy[];
  readonly prices: readonly number[];
  readonly seeds: readonly number[];
}

/** What stands between a variation and a window in the name of a run's traffic; neither has it in its own. */
const AT = '@';

/**
 * Plays every policy on every window under every variation, in one go. A run is known by its scenario, so rows that are kept in a
 * file never mix: what a variation leaves as it is, is played once.
 */
export async function playStress(
  { cases, ...rest }: StressPlan,
  playAll: (runs: readonly PlannedRun[]) => Promise<readonly EvaluationRow[]>,
): Promise<readonly StressRow[]> {
  const named = cases.map(
    ({ variation, case: one }): EvaluationCase => ({ ...one, traffic: `${variation}${AT}${one.traffic}` }),
  );
  const rows = await playAll(planRuns({ cases: named, ...rest }));
  return rows.map(({ traffic, ...row }) => {
    const [variation = '', window = ''] = traffic.split(AT);
    return { variation, traffic: window, ...row };
  });
}
