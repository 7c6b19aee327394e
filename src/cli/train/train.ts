import { availableParallelism } from 'node:os';
import { OBSERVATION_SCHEMA } from '../../decision/observation.js';
import { TraceError } from '../../kisim/traffic/trace-error.js';
import type { Ablation } from '../../training/ablation.js';
import { exportPolicy } from '../../training/export-policy.js';
import { sizesOf } from '../../training/mlp.js';
import type { RolloutWorkerOptions } from '../../training/rollout-worker.js';
import { type TrainedPolicy, type TrainSettings, trainPolicy } from '../../training/train-policy.js';
import { describeWorld, openWorld } from '../../training/worlds/world.js';
import { isFileError, UsageError } from '../simulate/usage-error.js';
import { type ForecasterRequest, openForecaster } from './forecaster.js';
import { currentCommit, hashOf, writeModelFile } from './model-files.js';
import { createTrainingBar, describeUpdate } from './progress.js';
import { openStateFile } from './state-file.js';
import { openWorkers } from './worker-threads.js';

export interface TrainRequest extends ForecasterRequest {
  readonly out: string;
  readonly steps: number;
  readonly envs: number;
  readonly data?: string | undefined;
  readonly without?: readonly Ablation[] | undefined;
  readonly churn: number;
  readonly lean: number;
  readonly repeat: number;
  readonly settings: TrainSettings;
  readonly workers?: number | undefined;
  readonly resume?: string | undefined;
  /** The command as the model card tells it. */
  readonly command: string;
}

/** Trains a policy and writes it with its card. Throws UsageError. */
export async function train(request: TrainRequest): Promise<void> {
  const { seed, steps, envs: numEnvs, data, without = [], churn, lean, repeat, settings, command } = request;
  const world = openWorld(data, without);
  const forecaster = await openForecaster(request);
  const identity = {
    seed,
    steps,
    numEnvs,
    hasData: data !== undefined,
    churn,
    lean,
    repeat,
    forecaster: hashOf(forecaster),
  };
  const ablated = without.length > 0 ? { without } : {};
  const file = openStateFile(
    request.resume,
    JSON.stringify({ ...identity, ...settings, observation: OBSERVATION_SCHEMA, ...ablated }),
  );
  const worker = await openWorkersOf(request, {
    data,
    without,
    seed,
    first: 0,
    count: numEnvs,
    numSteps: settings.numSteps,
    churn,
    lean,
    repeat,
    isPrivileged: settings.isPrivileged,
    forecaster: { sizes: sizesOf(forecaster), parameters: forecaster.parameters },
    hidden: settings.hidden,
    positions: file.state?.positions,
  });
  const done = (file.state?.ppo.updates ?? 0) * settings.numSteps * numEnvs * repeat;
  const bar = createTrainingBar(steps, 'ticks', done);
  let trained: TrainedPolicy;
  try {
    trained = await trainPolicy(
      { seed, steps, numEnvs, repeat, forecaster, settings, without, from: file.state },
      worker,
      async (progress) => {
        await bar.at(progress.steps, describeUpdate(progress));
        await file.keep(progress.state, progress.steps >= steps);
      },
    );
  } finally {
    bar.stop();
    await worker.close();
  }
  const exported = exportPolicy(trained, {
    command,
    seed,
    steps: trained.steps,
    commit: currentCommit(),
    sources: [...describeWorld(world)],
    forecaster: hashOf(forecaster),
  });
  writeModelFile(request.out, exported);
  process.stdout.write(`wrote ${request.out} (${exported.model.length} bytes, sha256 ${exported.card.sha256})\n`);
}

async function openWorkersOf({ workers }: TrainRequest, options: RolloutWorkerOptions) {
  try {
    return await openWorkers(workers ?? availableParallelism(), options);
  } catch (error) {
    if (isFileError(error) || error instanceof TraceError) throw new UsageError(`--data: ${error.message}`);
    throw error;
  }
}
