import { availableParallelism } from 'node:os';
import { distillPolicy } from '../../training/distill.js';
import { exportPolicy } from '../../training/export-policy.js';
import { sizesOf } from '../../training/mlp.js';
import { TRAIN_DEFAULTS } from '../../training/train-policy.js';
import { describeWorld, openWorld } from '../../training/worlds/world.js';
import { UsageError } from '../simulate/usage-error.js';
import { currentCommit, hashOf, readCard, readModelFile, writeModelFile } from './model-files.js';
import { createTrainingBar } from './progress.js';
import { openWorkers } from './worker-threads.js';

export interface DistillRequest {
  readonly files: readonly string[];
  readonly out: string;
  readonly steps: number;
  readonly seed: number;
  readonly envs: number;
  readonly data?: string | undefined;
  readonly churn: number;
  readonly workers?: number | undefined;
  readonly command: string;
}

/** Averages several policies into one and writes it with its card. Throws UsageError. */
export async function distill(request: DistillRequest): Promise<void> {
  const { files, seed, steps, envs: numEnvs, data, churn, command } = request;
  const { numSteps, hidden, minibatch } = TRAIN_DEFAULTS;
  const policies = files.map((file) => readModelFile(file, minibatch));
  const [{ forecaster }] = policies as [(typeof policies)[number]];
  for (const [i, policy] of policies.entries())
    if (hashOf(policy.forecaster) !== hashOf(forecaster))
      throw new UsageError(`--distill ${files[i]}: must have the forecaster of ${files[0]}`);
  const teachers = policies.map(({ actor }) => actor);
  const worker = await openWorkers(request.workers ?? availableParallelism(), {
    ...{ data, seed, first: 0, count: numEnvs, numSteps, churn, lean: 0, repeat: 1, hidden, isPrivileged: false },
    forecaster: { sizes: sizesOf(forecaster), parameters: forecaster.parameters },
  });
  const bar = createTrainingBar(steps, 'steps');
  try {
    const distilled = await distillPolicy(
      { seed, steps, numEnvs, numSteps, hidden, teachers, forecaster },
      worker,
      async (progress) => bar.at(progress.steps, `divergence from the mean ${progress.divergence.toFixed(4)}`),
    );
    const sources = [...describeWorld(openWorld(data))];
    const exported = exportPolicy(distilled, {
      ...{ command, seed, steps: distilled.steps, commit: currentCommit(), sources },
      forecaster: hashOf(forecaster),
      distilledFrom: files.map((file) => {
        const { sha256, training } = readCard(file);
        return { sha256, seed: training.seed, command: training.command };
      }),
    });
    writeModelFile(request.out, exported);
    process.stdout.write(`wrote ${request.out} (${exported.model.length} bytes, sha256 ${exported.card.sha256})\n`);
  } finally {
    bar.stop();
    await worker.close();
  }
}
