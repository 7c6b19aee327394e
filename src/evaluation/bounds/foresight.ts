import { err, ok, type Result } from '../../base/result.js';
import type { Replicas, Seconds } from '../../base/units.js';
import { DEFAULT_QPLAN, type Forecast, horizonsOf, LEVELS, type QplanOptions } from '../../decision/forecast.js';
import { peakAhead, ticksOf } from '../../decision/peak-ahead.js';
import { situationOf } from '../../decision/situation.js';
import { DEFAULT_GRID } from '../../decision/window.js';
import type { LearnedPolicy, Policy } from '../../policies/policy.js';
import { createQplan, QPLAN_SETTINGS } from '../../policies/qplan.js';
import { formatSettings, type OptionsOf, readSettings } from '../../policies/settings.js';
import { type Foreseen, foresee, type World } from './foreseen.js';

type Horizon = keyof Forecast;

/** The quantile law that knows the peak to come on these horizons, by name. */
export const FORESIGHTS: Readonly<Record<string, readonly Horizon[]>> = {
  'foresight-short': ['short'],
  'foresight-long': ['long'],
  foresight: ['short', 'long'],
};

const { targetUtilization, hourFloor } = QPLAN_SETTINGS;
/** Who knows more may run hotter, and with less of a floor. */
const FORESIGHT_SETTINGS = { targetUtilization, hourFloor };
export type ForesightOptions = OptionsOf<typeof FORESIGHT_SETTINGS>;

/** A foresight as a run names it: what it knows, and its settings. */
export interface ForesightPlan {
  readonly knows: readonly Horizon[];
  readonly options: QplanOptions;
}

/** `foresight-short:targetUtilization=0.8,hourFloor=0`, by which such a run is planned. */
export function foresightName(name: string, options: ForesightOptions): string {
  return `${name}:${formatSettings(FORESIGHT_SETTINGS, options)}`;
}

/** What such a name says; undefined where it is of something else. The error says what is wrong with its settings. */
export function parseForesightName(text: string): Result<ForesightPlan, string> | undefined {
  const [name = '', settings = ''] = text.split(':', 2);
  const knows = Object.hasOwn(FORESIGHTS, name) ? FORESIGHTS[name] : undefined;
  if (!knows) return undefined;
  const read = readSettings(FORESIGHT_SETTINGS, settings, name);
  return read.ok ? ok({ knows, options: { ...DEFAULT_QPLAN, ...read.value } }) : read;
}

/**
 * The quantile law as it serves, but that on some horizons every quantile is the peak that will be: what a better forecast could
 * be worth, and on which horizon. What it does not know comes from the model's forecaster; Error without one. Throws as
 * `runScenario` does.
 */
export function createForesight(
  world: World,
  { knows, options }: ForesightPlan,
  learned: Pick<LearnedPolicy, 'forecast'> | undefined,
): Policy {
  if (!learned) throw new Error('foresight: no model is there to load');
  const { interval } = DEFAULT_GRID;
  const loads = loadsOf(foresee(world), interval);
  const peakOf = (tick: Seconds, horizon: Seconds): Replicas =>
    peakAhead(loads, Math.round(tick / interval), ticksOf(horizon, interval)) ?? 0;
  const forecast: LearnedPolicy['forecast'] = async (batch) => {
    const forecasts = await learned.forecast(batch);
    return batch.map(({ workload, window }, i) => {
      const guessed = forecasts[i] ?? err('KIS_MODEL_INVALID');
      if (!guessed.ok) return guessed;
      const reach = horizonsOf(situationOf(workload, window).capacity.coldStart);
      const known = knows.map((horizon) => [horizon, LEVELS.map(() => peakOf(window.tick, reach[horizon]))]);
      return ok({ ...guessed.value, ...Object.fromEntries(known) });
    });
  };
  return createQplan({ forecast }, options);
}

/** How far horizons see beyond the end of the traffic. */
const BEYOND: Seconds = 3600;

/** Loads of every tick in replicas; behind their end nothing comes. */
function loadsOf({ arrival, duration, throughput }: Foreseen, interval: Seconds): Float64Array {
  const loads = new Float64Array(Math.ceil((duration + BEYOND) / interval));
  for (const at of arrival) {
    const tick = Math.floor(at / interval);
    loads[tick] = (loads[tick] as number) + 1 / interval / throughput;
  }
  return loads;
}
