import { availableParallelism } from 'node:os';
import { findThinTail, trainForecaster } from '../../training/forecaster/train-forecaster.js';
import type { Mlp } from '../../training/mlp.js';
import { presentLoadForecaster } from '../../training/train-policy.js';
import { readModelFile } from './model-files.js';
import { createTrainingBar } from './progress.js';
import { openSamplers } from './sampler-threads.js';

/** Forecaster of nobody: every quantile is the present load. */
export const NO_FORECASTER = 'none';

export interface ForecasterRequest {
  /** A model file whose forecaster is kept, or NO_FORECASTER; absent: one is trained. */
  readonly forecaster?: string | undefined;
  readonly seed: number;
  /** Episodes that it learns from. */
  readonly episodes: number;
  /** Folder with the recordings of the train split. */
  readonly data?: string | undefined;
  readonly workers?: number | undefined;
}

/**
 * The quantile network that a policy acts on; one that is trained is told of on stderr, with how it did on episodes kept apart.
 * Throws UsageError for a file that holds none, Error where the tail of a trained one does not hold.
 */
export async function openForecaster(request: ForecasterRequest): Promise<Mlp> {
  const { forecaster, seed, episodes, data, workers = availableParallelism() } = request;
  if (forecaster === NO_FORECASTER) return presentLoadForecaster();
  if (forecaster !== undefined) return readModelFile(forecaster, 1).forecaster;
  const bar = createTrainingBar(100, '%');
  let told = 0;
  const samplers = openSamplers(workers, data, seed);
  const { network, score } = await trainForecaster(
    { seed, episodes, sample: samplers.sample, atOnce: workers },
    async (share) => {
      const percent = Math.floor(100 * share);
      if (percent < told + 5) return;
      told = percent;
      await bar.at(percent, 'forecaster');
    },
  );
  bar.stop();
  await samplers.close();
  const coverage = score.coverage.map((covered) => covered.toFixed(3)).join(' ');
  process.stderr.write(
    `forecaster: pinball loss ${score.loss.toFixed(4)}, coverage ${coverage} (${score.count} unseen samples)\n`,
  );
  const thin = findThinTail(score);
  if (thin.length > 0) throw new Error(`the forecaster's tail does not hold: ${thin.join('; ')}`);
  return network;
}
