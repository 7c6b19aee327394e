import { createRng } from '../../base/rng.js';
import type { Ratio } from '../../base/units.js';
import { LEVELS } from '../../decision/forecast.js';
import { drawEpisode } from '../episode.js';
import type { Mlp } from '../mlp.js';
import type { World } from '../worlds/world.js';
import { calibrateForecaster, TAIL_LEVEL } from './calibrate.js';
import { collectSamples } from './collect.js';
import { fitForecaster, forecastAll } from './fit.js';
import { type ForecastScore, scoreForecast } from './pinball.js';
import { joinSamples, type SampleSet } from './samples.js';

/** Plays episode `index` of a training and brings its samples. */
export type EpisodeSampler = (index: number) => Promise<SampleSet>;

export interface ForecasterOptions {
  readonly seed: number;
  /** Episodes to learn from, of 160 ticks or more each. */
  readonly episodes: number;
  readonly sample: EpisodeSampler;
  /** How many episodes `sample` may be asked for at a time, >= 1. */
  readonly atOnce: number;
}

/** The samples of episode `index` under a seed, whoever plays it. */
export function sampleEpisode(world: World, seed: number, index: number): SampleSet {
  const rng = createRng(seed).stream(`forecast/${index}`);
  return collectSamples(drawEpisode(world, rng), rng.stream('plan'));
}

export interface TrainedForecaster {
  readonly network: Mlp;
  /** On episodes that it has not learnt from. */
  readonly score: ForecastScore;
}

/** Of every so many episodes one is kept apart to judge by, and one to calibrate with. */
const KEPT_APART = 10;
const JUDGES = 9;
const CALIBRATES = 4;

/** Beyond a level of the tail may lie as much more than promised. */
const TAIL_SHORTFALL: Ratio = 0.4;

/**
 * Plays episodes under planners drawn at random, fits the quantile network, calibrates it on episodes that it has not learnt from,
 * and scores it on others. The same options give the same weights, to the byte, however many episodes are played at a time.
 * `onProgress` is told the share that is done.
 */
export async function trainForecaster(
  { seed, episodes, sample, atOnce }: ForecasterOptions,
  onProgress: (share: Ratio) => Promise<void>,
): Promise<TrainedForecaster> {
  const sets: SampleSet[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < episodes; i = next++) {
      sets[i] = await sample(i);
      done++;
      await onProgress((0.9 * done) / episodes);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, work));
  const partOf = (wanted: (turn: number) => boolean): SampleSet =>
    joinSamples(sets.filter((_, i) => wanted(i % KEPT_APART)));
  const learnt = partOf((turn) => turn !== JUDGES && turn !== CALIBRATES);
  const network = await fitForecaster(learnt, createRng(seed), undefined, (share) => onProgress(0.9 + 0.1 * share));
  calibrateForecaster(
    network,
    partOf((turn) => turn === CALIBRATES),
  );
  const apart = partOf((turn) => turn === JUDGES);
  return { network, score: scoreForecast(forecastAll(network, apart.rows, apart.count), apart.targets) };
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
