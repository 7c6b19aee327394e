import { groupBy } from '../../base/group-by.js';
import type { ServedLatency } from '../../scenarios/served-latency.js';
import { type Matrix, sourceOf } from '../matrix/matrix.js';
import type { EvaluationCase } from '../planned-run.js';
import { measureLatency } from './measure-latency.js';
import type { Measured, Variation } from './variation.js';

/** Windows as they are. */
export const UNVARIED = 'unvaried';

/** A window under a variation, or as it is. */
export interface StressCase {
  readonly variation: string;
  readonly case: EvaluationCase;
}

/**
 * So many short windows, spread over sources: the first of every source, then the second, and so on.
 * Law: a larger sample holds the smaller one.
 */
export function sampleWindows(cases: readonly EvaluationCase[], count: number): readonly EvaluationCase[] {
  const short = cases.filter(({ traffic }) => traffic.includes('/short-'));
  const sources = [...groupBy(short, ({ traffic }) => sourceOf(traffic)).values()];
  const longest = Math.max(0, ...sources.map((windows) => windows.length));
  return Array.from({ length: longest }, (_, i) => sources.flatMap((windows) => windows[i] ?? []))
    .flat()
    .slice(0, count);
}

/** Every window as it is, and under every variation that means something there. */
export async function stressCases(
  cases: readonly EvaluationCase[],
  variations: readonly Variation[],
  matrix: Pick<Matrix, 'sources'>,
): Promise<readonly StressCase[]> {
  const measured = rememberLatencies();
  const varied: StressCase[] = cases.map((one) => ({ variation: UNVARIED, case: one }));
  for (const { name, vary } of variations)
    for (const [index, one] of cases.entries()) {
      const lengths = matrix.sources.find((source) => source.name === sourceOf(one.traffic))?.lengths ?? 'profile';
      const scenario = await vary({ scenario: one.scenario, index, lengths }, measured);
      if (scenario) varied.push({ variation: name, case: { ...one, scenario } });
    }
  return varied;
}

function rememberLatencies(): Measured {
  const known = new Map<string, ReturnType<typeof measureLatency>>();
  return {
    latency: (profile: string, lengths: ServedLatency['lengths']) => {
      const key = JSON.stringify([profile, lengths]);
      const found = known.get(key) ?? measureLatency(profile, lengths);
      known.set(key, found);
      return found;
    },
  };
}
