import { createRng } from '../../base/rng.js';
import type { Ratio } from '../../base/units.js';
import { LEVELS } from '../../decision/forecast.js';
import { drawEpisode } from '../episode.js';
import type { Mlp } from '../mlp.js';
import type { World } from '../worlds/world.js';
import { collectSamples } from './collect.js';
import { fitForecaster, forecastAll } from './fit.js';
import { type ForecastScore, scoreForecast } from './pinball.js';
import { joinSamples, type SampleSet } from './samples.js';

export interface ForecasterOptions {
  readonly world: World;
  readonly seed: number;
  /** Episodes to learn from, of 160 ticks or more each. */
  readonly episodes: number;
}

export interface TrainedForecaster {
  readonly network: Mlp;
  /** On episodes that it has not learnt from. */
  readonly score: ForecastScore;
}

/** Of every so many episodes one is kept apart to judge by. */
const KEPT_APART = 10;

/** From this level on the tail begins, and a share beyond a level may exceed the promised one by so much. */
const TAIL_LEVEL: Ratio = 0.95;
const TAIL_SHORTFALL: Ratio = 0.4;

/**
 * Plays episodes under planners drawn at random, fits the quantile network, and scores it on episodes kept apart. The same
 * options give the same weights, to the byte. `onProgress` is told the share that is done.
 */
export async function trainForecaster(
  { world, seed, episodes }: ForecasterOptions,
  onProgress: (share: Ratio) => Promise<void>,
): Promise<TrainedForecaster> {
  const rng = createRng(seed);
  const learnt: SampleSet[] = [];
  const apart: SampleSet[] = [];
  for (let i = 0; i < episodes; i++) {
    const own = rng.stream(`forecast/${i}`);
    const samples = collectSamples(drawEpisode(world, own), own.stream('plan'));
    (i % KEPT_APART === KEPT_APART - 1 ? apart : learnt).push(samples);
    await onProgress((0.9 * (i + 1)) / episodes);
  }
  const network = await fitForecaster(joinSamples(learnt), rng, undefined, (share) => onProgress(0.9 + 0.1 * share));
  const kept = joinSamples(apart);
  return { network, score: scoreForecast(forecastAll(network, kept.rows, kept.count), kept.targets) };
}

/**
 * Levels of the tail (0.95 and above) that a forecaster covers too seldom, in words; empty where its tail holds. Too seldom: the
 * share beyond a level is larger than promised by two fifths. A forecaster with such a level is not to be served.
 */
export function findThinTail({ coverage }: ForecastScore): readonly string[] {
  return coverage.flatMap((covered, i) => {
    const level = LEVELS[i % LEVELS.length] as Ratio;
    const horizon = i < LEVELS.length ? 'short' : 'long';
    if (level < TAIL_LEVEL || 1 - covered <= (1 + TAIL_SHORTFALL) * (1 - level)) return [];
    return [`the ${level} quantile of the ${horizon} horizon covers ${covered.toFixed(4)}`];
  });
}
