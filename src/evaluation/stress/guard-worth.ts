import { createRng } from '../../base/rng.js';
import type { Ratio } from '../../base/units.js';
import { isLearned, nameWith, parsePolicyName, settingsOf } from '../../policies/registry.js';
import type { Settings } from '../../policies/settings.js';
import { withoutGuard } from '../../policies/shared-settings.js';
import type { PlannedPolicy } from '../planned-run.js';
import { lawAndSetting } from '../planned-run.js';
import { type PairedDifference, pairedDifference, pairRows } from './paired-difference.js';
import { type PooledRatio, pooledRatio } from './pooled-ratio.js';
import type { StressRow } from './stress-rows.js';

/** All guards together, where one could be named. */
export const ALL_GUARDS = 'all';

/** Prices that a policy is told for the points of its front, in place of the one asked for. */
export const FRONT_PRICES = [3, 5, 10, 20, 30, 50, 100, 200] as const;
/** A law that is not told the price gets floors instead: as many points as there are prices, with the law as it is. */
const FRONT_FLOORS = [0.5, 0.7, 0.9, 1.1, 1.3, 1.6, 2] as const;

/** A policy with guards or without, as it is played. */
export interface GuardedPolicy {
  /** As it was asked for. */
  readonly policy: string;
  /** What it is played without; absent: nothing. */
  readonly without?: string;
  readonly played: readonly PlannedPolicy[];
}

export interface GuardPlanOptions {
  readonly policies: readonly string[];
  /** What they are played without: a guard by name, or all. */
  readonly guards: readonly string[];
  readonly price: number;
  /** Whether at all points of a front. */
  readonly hasFronts: boolean;
}

/** Every policy with all guards, and without each of those named. Throws RangeError for a policy that has none. */
export function planGuards({ policies, guards, price, hasFronts }: GuardPlanOptions): readonly GuardedPolicy[] {
  return policies.flatMap((policy) =>
    [undefined, ...guards].map((without) => {
      const setting = without === undefined ? 'on' : without === ALL_GUARDS ? 'off' : withoutGuard(without);
      const isTold = isLearned(policy);
      const floors: readonly Settings[] = hasFronts && !isTold ? FRONT_FLOORS.map((hourFloor) => ({ hourFloor })) : [];
      const played = [{}, ...floors].map((floor) => ({
        name: withSettings(policy, { ...floor, guards: setting }),
        ...(isTold ? {} : { at: price }),
      }));
      return { policy, ...(without === undefined ? {} : { without }), played };
    }),
  );
}

/** A policy's name with these settings over its own. Throws RangeError for a fixed count, which has none. */
function withSettings(policy: string, settings: Settings): string {
  const parsed = parsePolicyName(policy);
  if (!parsed.ok) throw new RangeError(parsed.error);
  const { name, settings: own } = parsed.value;
  if (!Object.hasOwn(settingsOf(name) ?? {}, 'guards'))
    throw new RangeError(`policy ${policy}: has no guards to be judged`);
  return nameWith(name, { ...own, ...settings });
}

/** What guards cost a policy, or saved it. */
export interface GuardWorth {
  readonly policy: string;
  readonly guards: string;
  /** With the guards, against without: at the price asked for. */
  readonly paired: PairedDifference;
  /** Cost with over cost without, at equal misses; only with fronts. */
  readonly fronts: readonly (PooledRatio | undefined)[];
}

/**
 * With all guards against without those that were left out: a difference below 0, or a ratio below 1, is what they save.
 * @param avoidable the same rows without the misses that no policy could avoid: what fronts are made of
 * @param levels of misses at which fronts are compared
 */
export function judgeGuards(
  rows: readonly StressRow[],
  avoidable: readonly StressRow[],
  plan: readonly GuardedPolicy[],
  price: number,
  levels: readonly Ratio[],
): readonly GuardWorth[] {
  return plan.flatMap(({ policy, without, played }): readonly GuardWorth[] => {
    const full = plan.find((one) => one.policy === policy && one.without === undefined);
    if (without === undefined || !full) return [];
    const rng = createRng(1).stream(`${policy}/${without}`);
    const atPrice = ([plain]: readonly PlannedPolicy[]): readonly StressRow[] =>
      rowsOf(rows, plain ? [plain] : []).filter((row) => row.price === price);
    const paired = pairedDifference(pairRows(atPrice(full.played), atPrice(played)), price, rng);
    if (!paired) return [];
    const sides = [rowsOf(avoidable, full.played), rowsOf(avoidable, played)] as const;
    const compare = (level: Ratio) => pooledRatio(sides, level, rng);
    return [{ policy, guards: without, paired, fronts: levels.map(compare) }];
  });
}

function rowsOf(rows: readonly StressRow[], played: readonly PlannedPolicy[]): readonly StressRow[] {
  const wanted = new Set(played.map(({ name }) => JSON.stringify(lawAndSetting(name))));
  return rows.filter(({ policy, setting }) => wanted.has(JSON.stringify({ policy, setting })));
}

/** Rows of several variations as one traffic: a window under another variation is another run of that window. */
export function poolVariations(rows: readonly StressRow[]): readonly StressRow[] {
  const variations = [...new Set(rows.map(({ variation }) => variation))];
  return rows.map((row) => ({ ...row, seed: row.seed * variations.length + variations.indexOf(row.variation) }));
}
