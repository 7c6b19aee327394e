import { groupBy } from '../../base/group-by.js';
import { AT_MAXIMUM, withoutUnavoidable } from '../../evaluation/fronts/unavoidable.js';
import {
  FRONT_PRICES,
  type GuardWorth,
  judgeGuards,
  planGuards,
  poolVariations,
} from '../../evaluation/stress/guard-worth.js';
import { type StressCase, UNVARIED } from '../../evaluation/stress/stress-cases.js';
import { playStress, type StressRow } from '../../evaluation/stress/stress-rows.js';
import type { PlayAll } from '../evaluate/play-all.js';
import { UsageError } from '../simulate/usage-error.js';

/** Levels of misses at which guards are judged. */
export const LEVELS = [0.01, 0.03] as const;

export interface GuardOptions {
  readonly cases: readonly StressCase[];
  readonly policies: readonly string[];
  /** What policies are played without. */
  readonly guards: readonly string[];
  readonly price: number;
  readonly seeds: readonly number[];
  readonly hasFronts: boolean;
}

export interface PlayedGuards {
  readonly rows: readonly StressRow[];
  readonly worth: readonly { readonly traffic: string; readonly judged: readonly GuardWorth[] }[];
}

/** Plays every policy with all guards and without; judged on the windows as they are, on all variations together, and on each. */
export async function playGuards(options: GuardOptions, playAll: PlayAll): Promise<PlayedGuards> {
  const { cases, price, seeds, hasFronts } = options;
  const plan = planOf(options);
  const rows = await playStress(
    {
      cases,
      policies: plan.flatMap(({ played }) => played),
      prices: hasFronts ? [...new Set([price, ...FRONT_PRICES])] : [price],
      seeds,
    },
    playAll,
  );
  // At equal misses, those that no policy could avoid do not count.
  const largest = hasFronts
    ? await playStress({ cases, policies: [{ name: AT_MAXIMUM }], prices: [price], seeds }, playAll)
    : [];
  const judge = (traffic: string, some: readonly StressRow[], isAvoidable: readonly StressRow[]) => ({
    traffic,
    judged: judgeGuards(some, isAvoidable, plan, price, hasFronts ? LEVELS : []),
  });
  const byVariation = [...groupBy(rows, ({ variation }) => variation)];
  const judged = byVariation.map(([variation, some]) => {
    const unavoidable = largest.filter((row) => row.variation === variation);
    return { variation, some, avoidable: withoutUnavoidable(some, unavoidable) };
  });
  const varied = judged.filter(({ variation }) => variation !== UNVARIED);
  const pool = (of: 'some' | 'avoidable') => poolVariations(varied.flatMap((one) => one[of]));
  return {
    rows,
    worth: [
      ...judged
        .filter(({ variation }) => variation === UNVARIED)
        .map((one) => judge(UNVARIED, one.some, one.avoidable)),
      ...(varied.length > 1
        ? [judge(varied.map(({ variation }) => variation).join(', '), pool('some'), pool('avoidable'))]
        : []),
      ...varied.map(({ variation, some, avoidable }) => judge(variation, some, avoidable)),
    ],
  };
}

function planOf(options: GuardOptions): ReturnType<typeof planGuards> {
  try {
    return planGuards(options);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}
