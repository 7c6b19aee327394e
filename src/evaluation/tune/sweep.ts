import { groupBy } from '../../base/group-by.js';
import { createRng, type Rng } from '../../base/rng.js';
import { nameWith, settingsOf } from '../../policies/registry.js';
import type { SettingSpec, Settings } from '../../policies/settings.js';
import { SHARED_SETTINGS } from '../../policies/shared-settings.js';
import { sourceOf } from '../matrix/matrix.js';
import { type EvaluationCase, type PlannedRun, planRuns } from '../planned-run.js';
import { type Pooled, poolBySource } from '../pool-rows.js';
import { computeObjective, type EvaluationRow } from '../row.js';
import { drawTrials, shuffled } from './draw-trials.js';
import { planRungs, type Rung } from './halving.js';

export const SWEPT_SETTINGS = ['all', 'own'] as const;
export type SweptSettings = (typeof SWEPT_SETTINGS)[number];

export interface SweepOptions {
  readonly laws: readonly string[];
  /** Windows to tune on; the sweep plays the first so many of an order in which sources take turns. */
  readonly cases: readonly EvaluationCase[];
  /** How many of them the last rung has. */
  readonly windows: number;
  /** Settings tried per law, its authors' constants among them; the same for every law. */
  readonly trials: number;
  readonly prices: readonly number[];
  readonly seeds: readonly number[];
  /** Which settings are swept: a law's own and those that all share, or only its own; default: all. */
  readonly settings?: SweptSettings;
  /** Of the settings drawn and of the order of windows. */
  readonly seed: number;
  readonly playAll: (runs: readonly PlannedRun[]) => Promise<readonly EvaluationRow[]>;
}

/** One setting of a law, and what it came to on every rung that it reached. */
export interface Trial {
  /** The law with its settings, as command lines take it. */
  readonly policy: string;
  readonly settings: Settings;
  readonly rungs: readonly (Pooled & { readonly windows: number })[];
}

export interface LawSweep {
  readonly law: string;
  readonly trials: readonly Trial[];
  /** By price: the trial of the last rung with the lowest cost + price * misses. */
  readonly chosen: Readonly<Record<string, Pooled & { readonly policy: string; readonly objective: number }>>;
}

/**
 * Tunes every law alike: as many trials, the same windows, the same optimiser (a Latin hypercube thinned by successive halving).
 * A trial goes on where it is among the best third at any of the prices, since laws are not told the price. Equal options give
 * equal sweeps.
 */
export async function sweep(options: SweepOptions): Promise<readonly LawSweep[]> {
  const { laws, windows, trials, seed, playAll, prices, seeds, settings = 'all' } = options;
  const rng = createRng(seed).stream('sweep');
  const cases = inTurns(options.cases, rng.stream('windows')).slice(0, windows);
  let swept = laws.map((law) => ({ law, trials: drawLaw(law, settings, trials, rng.stream(law)) }));
  const rungs = planRungs(trials, cases.length);
  let alive = swept.map((one) => one.trials);
  for (const [i, rung] of rungs.entries()) {
    const names = alive.flat().map(({ policy }) => ({ name: policy }));
    // Laws are not told the price, so one stands for all.
    const played = cases.slice(0, rung.windows);
    const rows = await playAll(planRuns({ cases: played, policies: names, prices: prices.slice(0, 1), seeds }));
    const byPolicy = groupBy(rows, nameOf);
    swept = swept.map(({ law, trials: all }) => ({ law, trials: all.map((trial) => scored(trial, byPolicy, rung)) }));
    const next = rungs[i + 1];
    if (next) alive = swept.map((one) => survivors(one.trials, i, next.trials, prices));
  }
  return swept.map(({ law, trials: all }) => ({ law, trials: all, chosen: choose(all, rungs.length, prices) }));
}

function drawLaw(law: string, swept: SweptSettings, count: number, rng: Rng): readonly Trial[] {
  const shared = Object.values<SettingSpec>(SHARED_SETTINGS);
  const specs = Object.entries(settingsOf(law) ?? {}).filter(([, spec]) => swept === 'all' || !shared.includes(spec));
  return drawTrials(Object.fromEntries(specs), count, rng).map((settings) => ({
    policy: nameWith(law, settings),
    settings,
    rungs: [],
  }));
}

function nameOf({ policy, setting }: EvaluationRow): string {
  return setting === 'default' ? policy : `${policy}:${setting}`;
}

function scored(trial: Trial, rows: ReadonlyMap<string, readonly EvaluationRow[]>, { windows }: Rung): Trial {
  const own = rows.get(trial.policy);
  return own ? { ...trial, rungs: [...trial.rungs, { windows, ...poolBySource(own) }] } : trial;
}

/** The best of a rung at each price, together. */
function survivors(trials: readonly Trial[], rung: number, count: number, prices: readonly number[]): readonly Trial[] {
  const reached = trials.filter(({ rungs }) => rungs.length > rung);
  const best = new Set(prices.flatMap((price) => ranked(reached, price).slice(0, count)));
  return reached.filter((trial) => best.has(trial));
}

/** By the newest rung, lowest objective first, earlier trials first among equals. */
function ranked(trials: readonly Trial[], price: number): readonly Trial[] {
  const objective = ({ rungs }: Trial): number => computeObjective(rungs.at(-1) as Pooled, price);
  return [...trials].sort((a, b) => objective(a) - objective(b));
}

function choose(trials: readonly Trial[], rungs: number, prices: readonly number[]): LawSweep['chosen'] {
  const last = trials.filter((trial) => trial.rungs.length === rungs);
  return Object.fromEntries(
    prices.flatMap((price) => {
      const [best] = ranked(last, price);
      const result = best?.rungs.at(-1);
      if (!best || !result) return [];
      const { cost, missRate } = result;
      return [[String(price), { policy: best.policy, cost, missRate, objective: computeObjective(result, price) }]];
    }),
  );
}

/** Windows in an order in which sources take turns, each turn and each source's own in random order. */
export function inTurns(cases: readonly EvaluationCase[], rng: Rng): readonly EvaluationCase[] {
  const sources = [...groupBy(cases, ({ traffic }) => sourceOf(traffic))].map(([source, own]) =>
    shuffled(own.length, rng.stream(source)).map((i) => own[i] as EvaluationCase),
  );
  const longest = Math.max(0, ...sources.map((own) => own.length));
  return Array.from({ length: longest }, (_, turn) =>
    shuffled(sources.length, rng.stream(`turn/${turn}`)).flatMap((i) => sources[i]?.[turn] ?? []),
  ).flat();
}
