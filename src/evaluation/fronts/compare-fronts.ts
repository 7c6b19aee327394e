import type { Rng } from '../../base/rng.js';
import { geometricMean } from '../../base/statistics.js';
import type { Ratio } from '../../base/units.js';
import type { Interval } from '../bootstrap.js';
import type { EvaluationRow } from '../row.js';
import { readContender } from './contender.js';
import { drawRatios, intervalOf, spreadOf } from './draw-ratios.js';
import { type FrontSums, type FrontTable, sumFronts, totalOf } from './front-sums.js';
import { sideAtLevel } from './side-at-level.js';

/** Two sides on one trace, its windows and seeds pooled. */
export interface TraceComparison {
  readonly trace: string;
  readonly outcome: Outcome;
  /** Cost of either at the level; undefined where that does not lie on its front. */
  readonly cost: number | undefined;
  readonly referenceCost: number | undefined;
  /** Cost over the reference's, where it can be told; 0.9 is a tenth cheaper. */
  readonly ratio: number | undefined;
  /** Of the ratio's logarithm, by paired draws of windows, seeds and training seeds. */
  readonly standardError: number | undefined;
  /** Separated episodes of misses that speak for either cost. */
  readonly missEpisodes: number;
  readonly referenceMissEpisodes: number;
}

/** Cheaper by more than a hundredth, within it, dearer; or why that cannot be told. */
export type Outcome = 'win' | 'tie' | 'loss' | 'not bracketed' | 'too few misses';

/** A policy against a reference at equal misses. */
export interface FrontComparison {
  readonly policy: string;
  readonly reference: string;
  readonly level: Ratio;
  /** Cost over the reference's, geometric mean over the traces where it can be told. */
  readonly ratio: Interval | undefined;
  /** Of several training seeds the dearest one, on the same traces. */
  readonly worstSeed?: { readonly policy: string; readonly ratio: number };
  readonly traces: readonly TraceComparison[];
}

/** Differences of cost below one per cent are no difference. */
const TIE = 0.01;
/** A cost rests on at least so many separated episodes of misses, or on chance (policy study, rules of judging). */
export const LEAST_EPISODES = 30;

export interface CompareFrontsOptions {
  readonly policy: string;
  readonly reference: string;
  readonly level: Ratio;
  /** How many episodes of misses either cost must rest on. */
  readonly leastEpisodes?: number | undefined;
}

/**
 * Compares two policies (`readContender`) at a level of misses: a front per trace of either (a point is a setting at a price, its
 * runs pooled), the cost between the points that bracket the level, the ratio of the two. Training seeds count by their
 * mean. The interval (95 %) is a paired bootstrap that draws traces, windows of each, seeds of each, and training seeds, the same
 * for both policies, and fits the fronts anew every time. With few traces it speaks of these only.
 */
export function compareFronts(
  rows: readonly EvaluationRow[],
  { policy, reference, level, leastEpisodes = LEAST_EPISODES }: CompareFrontsOptions,
  rng: Rng,
): FrontComparison {
  const table = sumFronts([readContender(policy, rows), readContender(reference, rows)]);
  const judged = table.traces.map((trace) => ({ trace, ...judge(table, totalOf(trace), level, leastEpisodes) }));
  const told = judged.filter(({ ratio }) => ratio !== undefined);
  const draws = drawRatios({ ...table, traces: told.map(({ trace }) => trace) }, level, rng);
  const worstSeed = findWorstSeed(table, told, level);
  return {
    policy,
    reference,
    level,
    ratio: intervalOf(
      told.map(({ ratio }) => ratio as number),
      draws.means,
    ),
    ...(worstSeed ? { worstSeed } : {}),
    traces: judged.map(({ trace: { trace }, ...one }) => ({
      trace,
      ...one,
      standardError: spreadOf(draws.byTrace.get(trace) ?? []),
    })),
  };
}

/** What a policy costs at a level of misses: geometric mean over the traces whose front has it, and those costs. */
export function costsAtMisses(
  rows: readonly EvaluationRow[],
  policy: string,
  level: Ratio,
  rng: Rng,
): { readonly cost: Interval | undefined; readonly byTrace: ReadonlyMap<string, number | undefined> } {
  const table = sumFronts([readContender(policy, rows)]);
  const [side = []] = table.sides;
  const byTrace = new Map(table.traces.map((trace) => [trace.trace, sideAtLevel(side, totalOf(trace), level)?.cost]));
  const traces = table.traces.filter(({ trace }) => byTrace.get(trace) !== undefined);
  const costs = [...byTrace.values()].filter((cost) => cost !== undefined);
  return { cost: intervalOf(costs, drawRatios({ ...table, traces }, level, rng).means), byTrace };
}

function judge(
  table: FrontTable,
  sums: FrontSums,
  level: Ratio,
  leastEpisodes: number,
): Omit<TraceComparison, 'trace' | 'standardError'> {
  const [own, other] = table.sides.map((side) => sideAtLevel(side, sums, level));
  const [missEpisodes, referenceMissEpisodes] = [own?.missEpisodes ?? 0, other?.missEpisodes ?? 0];
  const costs = { cost: own?.cost, referenceCost: other?.cost, missEpisodes, referenceMissEpisodes };
  if (!own || !other) return { ...costs, outcome: 'not bracketed', ratio: undefined };
  if (Math.min(missEpisodes, referenceMissEpisodes) < leastEpisodes)
    return { ...costs, outcome: 'too few misses', ratio: undefined };
  const ratio = own.cost / other.cost;
  return { ...costs, outcome: ratio < 1 - TIE ? 'win' : ratio > 1 + TIE ? 'loss' : 'tie', ratio };
}

/** Of the first side's training seeds the one that is dearest in the mean of the traces that can be told. */
function findWorstSeed(
  table: FrontTable,
  told: readonly { readonly trace: FrontTable['traces'][number]; readonly referenceCost: number | undefined }[],
  level: Ratio,
): FrontComparison['worstSeed'] {
  const [seeds = []] = table.sides;
  if (seeds.length < 2 || told.length === 0) return undefined;
  const ratios = seeds.map((seed) => ({
    policy: seed.name,
    ratio: geometricMean(
      told.map(({ trace, referenceCost }) => {
        const own = sideAtLevel([seed], totalOf(trace), level);
        return (own?.cost ?? Number.NaN) / (referenceCost ?? Number.NaN);
      }),
    ),
  }));
  return ratios.reduce((worst, one) => (one.ratio > worst.ratio ? one : worst));
}
