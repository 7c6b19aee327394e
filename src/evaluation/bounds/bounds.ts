import type { EvaluationCase, PlannedRun, RunPlan } from '../planned-run.js';
import type { EvaluationRow } from '../row.js';
import { CLAIRVOYANT, clairvoyantName } from './clairvoyant.js';
import { FORESIGHTS, foresightName } from './foresight.js';
import { bestInHindsight } from './hindsight.js';
import { LOWER_BOUND, lowerBoundName } from './lower-bound-row.js';

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
  plan: (plan) => planEach(plan, ({ scenario }) => countsOf(scenario.replicas.max)),
  toRows: (played, prices) => bestInHindsight(played, 'hindsight-static', prices),
};

/** Denser where fronts are usually compared. */
const MARGINS: readonly number[] = [0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.5, 1.75, 2];
const HOLDS: readonly number[] = [30, 600];

const clairvoyant: Bound = {
  name: CLAIRVOYANT,
  meaning:
    'the best of twenty plans of counts made with every request known, and of all fixed counts, played like a policy',
  plan: (plan) =>
    planEach(plan, ({ scenario }) => [
      ...countsOf(scenario.replicas.max),
      ...HOLDS.flatMap((hold) => MARGINS.map((margin) => clairvoyantName({ margin, hold }))),
    ]),
  // It knows the dice of arrivals too.
  toRows: (played, prices) => bestInHindsight(played, CLAIRVOYANT, prices, ({ traffic, seed }) => `${traffic} ${seed}`),
};

const lowerBound: Bound = {
  name: LOWER_BOUND,
  meaning: 'what a linear programme proves that no policy undercuts',
  plan: (plan) => planEachPrice(plan, (price) => [lowerBoundName(price)]),
  toRows: (played) => played.map((row) => ({ ...row, policy: LOWER_BOUND })),
};

const UTILIZATIONS: readonly number[] = [0.6, 0.7, 0.8, 0.9];
const FLOORS: readonly number[] = [0, 0.75, 1];

const foresights: readonly Bound[] = Object.entries(FORESIGHTS).map(([name, knows]) => ({
  name,
  meaning: `the quantile law that knows the peak to come within its ${knows.join(' and its ')} horizon, best of twelve settings`,
  plan: (plan) =>
    planEachPrice(plan, () =>
      UTILIZATIONS.flatMap((targetUtilization) =>
        FLOORS.map((hourFloor) => foresightName(name, { targetUtilization, hourFloor })),
      ),
    ),
  // One setting for all windows: it knows the load to come and nothing else of a window.
  toRows: (played, prices) =>
    prices.flatMap((price) =>
      bestInHindsight(
        played.filter((row) => row.price === price),
        name,
        [price],
        () => name,
      ),
    ),
}));

/** Runs of every case and seed under these names, at the first price: what they are is not told it. */
function planEach(
  { cases, prices, seeds }: Omit<RunPlan, 'policies'>,
  namesOf: (one: EvaluationCase) => readonly string[],
): readonly PlannedRun[] {
  return cases.flatMap((one) =>
    seeds.flatMap((seed) =>
      prices.slice(0, 1).flatMap((price) => namesOf(one).map((policy) => ({ case: one, policy, price, seed }))),
    ),
  );
}

/** The same of what is told the price: at every one. */
function planEachPrice(
  plan: Omit<RunPlan, 'policies'>,
  namesOf: (price: number) => readonly string[],
): readonly PlannedRun[] {
  return plan.prices.flatMap((price) => planEach({ ...plan, prices: [price] }, () => namesOf(price)));
}

function countsOf(maxReplicas: number): readonly string[] {
  return Array.from({ length: maxReplicas }, (_, i) => `static-${i + 1}`);
}

export const BOUNDS: readonly Bound[] = [hindsightStatic, clairvoyant, lowerBound, ...foresights];

/** Names of the bounds, for messages and help texts. */
export const BOUND_NAMES: readonly string[] = BOUNDS.map(({ name }) => name);

/** The rows of these bounds; what several of them need is played once. */
export async function playBounds(
  bounds: readonly Bound[],
  plan: Omit<RunPlan, 'policies'>,
  playAll: (runs: readonly PlannedRun[]) => Promise<readonly EvaluationRow[]>,
): Promise<readonly EvaluationRow[]> {
  const planned = bounds.map((bound) => bound.plan(plan).map((run) => ({ run, key: keyOf(run.case.traffic, run) })));
  const runs = new Map(planned.flat().map(({ run, key }) => [key, run]));
  const rows = new Map((await playAll([...runs.values()])).map((row) => [keyOf(row.traffic, row), row]));
  return bounds.flatMap(({ toRows }, i) =>
    toRows(
      (planned[i] ?? []).flatMap(({ key }) => rows.get(key) ?? []),
      plan.prices,
    ),
  );
}

function keyOf(traffic: string, { policy, price, seed }: Pick<PlannedRun, 'policy' | 'price' | 'seed'>): string {
  return `${traffic} ${policy} ${price} ${seed}`;
}
