import { createRng } from '../../base/rng.js';
import type { Ratio } from '../../base/units.js';
import { FORECAST_SIZE, LEVELS, LOAD_OFFSET } from '../../decision/forecast.js';
import { createQplan } from '../../policies/qplan.js';
import { createProposer } from '../../scenarios/drive.js';
import { drawEpisode, type Episode, WARMUP_TICKS } from '../episode.js';
import type { Mlp } from '../mlp.js';
import type { World } from '../worlds/world.js';
import { collectSamples, FIRST_SAMPLE } from './collect.js';
import { fitForecaster, forecastAll } from './fit.js';
import { fitLstm } from './fit-lstm.js';
import { asForecast, createInputs, type Forecaster, type ForecastInputs, HISTORY, writeInput } from './forecaster.js';
import { type ForecastScore, scoreForecast } from './pinball.js';
import { fitPointForecaster, POINT_FORECASTS } from './point-forecasters.js';
import { joinSamples, type SampleSet, TARGETS } from './samples.js';

export interface CompareOptions {
  readonly world: World;
  readonly seed: number;
  /** Episodes drawn; two in three are learnt from, one in three is judged by. */
  readonly episodes: number;
  /** Of a miss, which qplan is told. */
  readonly price: number;
  /** A quantile network that was trained before; absent: one learns from the same episodes as the others. */
  readonly network?: Mlp;
}

/** One forecaster on the episodes of one traffic family, none of which it has learnt from. */
export interface ForecastComparison extends ForecastScore {
  readonly family: string;
  readonly forecaster: string;
  /** Forecast value added: by how much its pinball loss is below that of the naive forecast. */
  readonly valueAdded: Ratio;
  /**
   * Mean absolute error of the median of the short horizon's peak over that of the load staying as it is (Hyndman and
   * Koehler 2006, with the naive forecast over the same horizon).
   */
  readonly mase: Ratio;
  /** What qplan on it comes to behind the guards: replica-seconds over offered ones, and share of misses. */
  readonly cost: number;
  readonly missRate: Ratio;
}

type Samples = ForecastInputs & SampleSet;

/** An episode that is judged by: its samples, and how to play it again. */
interface Judged {
  readonly family: string;
  readonly samples: Samples;
  readonly play: () => Episode;
}

/** The family of which all the others are made. */
const ALL = 'all';
const NAIVE = 'naive';
const EVERY = 3;

/**
 * Lets every forecaster learn from the same episodes and compares them on others, by traffic family and over all of them. The
 * same options give the same numbers. `onProgress` is told the share that is done.
 */
export async function compareForecasters(
  options: CompareOptions,
  onProgress: (share: Ratio, text: string) => Promise<void>,
): Promise<readonly ForecastComparison[]> {
  const { seed, episodes, price, network } = options;
  const rng = createRng(seed).stream('compare-forecasters');
  const learnt: Samples[] = [];
  const judged: Judged[] = [];
  for (let i = 0; i < episodes; i++) {
    const play = (): Episode => drawEpisode(options.world, rng.stream(`episode/${i}`));
    const episode = play();
    const samples = collectSeries(episode, rng.stream(`plan/${i}`));
    if (i % EVERY === EVERY - 1) judged.push({ family: familyOf(episode), samples, play });
    else learnt.push(samples);
    await onProgress((0.3 * (i + 1)) / episodes, 'episodes');
  }
  const forecasters = await fitAll(joinSeries(learnt), network, rng, (share) => onProgress(0.3 + 0.3 * share, 'fits'));
  const played: Played[] = [];
  for (const [i, one] of judged.entries()) {
    for (const forecaster of forecasters) played.push(await playQplan(one, forecaster, price));
    await onProgress(0.6 + (0.4 * (i + 1)) / judged.length, 'qplan');
  }
  const families = [...new Set(judged.map(({ family }) => family))].sort();
  return [ALL, ...families].flatMap((family) => {
    const ofFamily = judged.filter((one) => family === ALL || one.family === family);
    return compareOn(family, joinSeries(ofFamily.map(({ samples }) => samples)), forecasters, played);
  });
}

async function fitAll(
  samples: Samples,
  given: Mlp | undefined,
  rng: ReturnType<typeof createRng>,
  onShare: (share: Ratio) => Promise<void>,
): Promise<readonly Forecaster[]> {
  const classical = Object.entries(POINT_FORECASTS).map(([name, point]) => fitPointForecaster(name, point, samples));
  const lstm = await fitLstm(samples, rng, undefined, (share) => onShare(0.7 * share));
  const network = given ?? (await fitForecaster(samples, rng));
  await onShare(1);
  const quantiles: Forecaster = {
    name: 'quantile-network',
    forecast: ({ rows, count }) => forecastAll(network, rows, count),
  };
  return [...classical, lstm, quantiles];
}

function compareOn(
  family: string,
  samples: Samples,
  forecasters: readonly Forecaster[],
  played: readonly Played[],
): readonly ForecastComparison[] {
  const scored = forecasters.map((forecaster) => {
    const outputs = forecaster.forecast(samples);
    return {
      name: forecaster.name,
      score: scoreForecast(outputs, samples.targets),
      error: medianError(outputs, samples),
    };
  });
  const naive = scored.find(({ name }) => name === NAIVE) as (typeof scored)[number];
  const stay = medianError(new Float32Array(samples.count * FORECAST_SIZE), samples);
  return scored.map(({ name, score, error }) => {
    const runs = played.filter((run) => run.forecaster === name && (family === ALL || run.family === family));
    const sum = (of: (run: Played) => number): number => runs.reduce((total, run) => total + of(run), 0);
    return {
      family,
      forecaster: name,
      ...score,
      valueAdded: 1 - score.loss / naive.score.loss,
      mase: error / stay,
      cost: sum((run) => run.replicaSeconds) / sum((run) => run.offeredSeconds),
      missRate: sum((run) => run.misses) / sum((run) => run.requests),
    };
  });
}

/** Mean absolute error of the short horizon's median, in replicas. */
function medianError(outputs: Float32Array, { count, targets, loads }: Samples): number {
  const median = LEVELS.indexOf(0.5);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const base = (loads[i] as number) + LOAD_OFFSET;
    const forecast = base * Math.exp(Math.LN2 * (outputs[i * FORECAST_SIZE + median] as number));
    sum += Math.abs(base * Math.exp(Math.LN2 * (targets[i * TARGETS] as number)) - forecast);
  }
  return sum / count;
}

interface Played {
  readonly family: string;
  readonly forecaster: string;
  readonly replicaSeconds: number;
  readonly offeredSeconds: number;
  readonly misses: number;
  readonly requests: number;
}

async function playQplan({ family, play }: Judged, forecaster: Forecaster, price: number): Promise<Played> {
  const { run, workload, truth, ticks } = play();
  const policy = createQplan({ forecast: asForecast(forecaster) });
  const propose = createProposer({ ...workload, missPrice: price }, { policy, guards: true });
  for (let i = 0; i < ticks + WARMUP_TICKS; i++) {
    run.answer((await propose(run.window(i * run.grid.interval))).metricTotal);
    run.advanceTo((i + 1) * run.grid.interval);
  }
  const { replicaSeconds, misses, injected } = run.totals();
  const { name } = forecaster;
  return {
    family,
    forecaster: name,
    replicaSeconds,
    offeredSeconds: injected / truth.throughput,
    misses,
    requests: injected,
  };
}

/** Samples of an episode with what other forecasters than the network read. */
export function collectSeries(episode: Episode, rng: ReturnType<typeof createRng>): Samples {
  const inputs = createInputs(episode.ticks + WARMUP_TICKS);
  const { count, rows, targets } = collectSamples(episode, rng, (tick, situation) =>
    writeInput(situation, inputs, tick),
  );
  const cut = (column: Float32Array, width: number): Float32Array =>
    column.subarray(FIRST_SAMPLE * width, (FIRST_SAMPLE + count) * width);
  const history = cut(inputs.history, HISTORY);
  return { count, rows, targets, history, loads: cut(inputs.loads, 1), coldStarts: cut(inputs.coldStarts, 1) };
}

function joinSeries(sets: readonly Samples[]): Samples {
  const { count, rows, targets } = joinSamples(sets);
  const join = (of: (set: Samples) => Float32Array, width: number): Float32Array => {
    const all = new Float32Array(count * width);
    let at = 0;
    for (const set of sets) {
      all.set(of(set).subarray(0, set.count * width), at);
      at += set.count * width;
    }
    return all;
  };
  return {
    count,
    rows,
    targets,
    history: join(({ history }) => history, HISTORY),
    loads: join(({ loads }) => loads, 1),
    coldStarts: join(({ coldStarts }) => coldStarts, 1),
  };
}

/** The pattern of a synthetic episode; of a recording its file, without folder and ending. */
function familyOf({ scenario: { traffic } }: Episode): string {
  return traffic.pattern ?? traffic.file?.replace(/^.*\//, '').replace(/\.[^/]*$/, '') ?? 'mixed';
}
