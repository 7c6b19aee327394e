import { createRng } from '../base/rng.js';
import { ACTIONS } from '../decision/action.js';
import { OBSERVATION_SIZE } from '../decision/observation.js';
import type { Ablation } from './ablation.js';
import { type Actor, collectRollout } from './collect.js';
import { FeatureRanges } from './feature-ranges.js';
import { Mlp } from './mlp.js';
import { actionDraws } from './ppo.js';
import type { RewardParts } from './reward.js';
import { joinRollouts, type Rollout, type RowSizes } from './rollout.js';
import { type EpisodePosition, ScalingEnvironment, SEEN_SIZE } from './scaling-environment.js';
import { TRUTH_SIZE } from './truth.js';
import { openWorld } from './worlds/world.js';

/** Rows of autoscaling as a task; a privileged critic is told the truth beside the observation. */
export function scalingRows(isPrivileged: boolean): RowSizes {
  return { observationSize: SEEN_SIZE, truthSize: isPrivileged ? TRUTH_SIZE : 0, actionCount: ACTIONS.length };
}

/** A network as plain data. */
export interface NetworkWeights {
  readonly sizes: readonly number[];
  readonly parameters: Float32Array;
}

/** Plain data, so that a thread can be told. */
export interface RolloutWorkerOptions {
  /** Folder of the recordings of the train split; absent: synthetic traffic alone. */
  readonly data?: string | undefined;
  readonly without?: readonly Ablation[] | undefined;
  readonly seed: number;
  /** Which of the environments are its own. */
  readonly first: number;
  readonly count: number;
  readonly numSteps: number;
  readonly churn: number;
  /** Share of the stretches in which one move is favoured. */
  readonly lean: number;
  /** Ticks of one step. */
  readonly repeat: number;
  /** Whether rollouts carry what a privileged critic sees. */
  readonly isPrivileged: boolean;
  readonly forecaster: NetworkWeights;
  /** Hidden layers of the actors. */
  readonly hidden: readonly number[];
  /** Where its environments are; default: at the beginning. */
  readonly positions?: readonly EpisodePosition[] | undefined;
}

/** A rollout of a worker's environments, and what came with it. */
export interface WorkerRollout {
  readonly rollout: Rollout;
  /** Sums over all ticks. */
  readonly parts: RewardParts;
  /** Smallest and largest value of each feature since the worker began. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Plays environments, in this thread or in another. */
export interface RolloutWorker {
  /**
   * One rollout under the policy whose log-probabilities are the mean of those of the actors.
   * @param actors parameters of each
   * @param update which update it is for: it decides what is drawn
   */
  collect(actors: readonly Float32Array[], update: number): Promise<WorkerRollout>;
  positions(): Promise<readonly EpisodePosition[]>;
  close(): Promise<void>;
}

/** Environments of this thread. What each goes through depends on the options but for `first` and `count`. */
export function createRolloutWorker(options: RolloutWorkerOptions): RolloutWorker {
  const {
    data,
    without,
    seed,
    first,
    count,
    numSteps,
    churn,
    lean,
    repeat,
    isPrivileged,
    forecaster,
    hidden,
    positions,
  } = options;
  const rows = scalingRows(isPrivileged);
  const rng = createRng(seed);
  const world = openWorld(data, without);
  const ranges = new FeatureRanges(OBSERVATION_SIZE);
  const frozen = buildNetwork(forecaster, 1);
  const environments = Array.from({ length: count }, (_, i) => {
    const from = positions?.[i];
    return new ScalingEnvironment({
      world,
      rng: rng.stream(`environment/${first + i}`),
      forecaster: frozen,
      churn,
      lean,
      repeat,
      ranges,
      ...(from ? { from } : {}),
    });
  });
  const networks: Mlp[] = [];
  return {
    async collect(actors, update) {
      while (networks.length < actors.length)
        networks.push(new Mlp([rows.observationSize, ...hidden, rows.actionCount], count));
      for (const [i, parameters] of actors.entries()) (networks[i] as Mlp).parameters.set(parameters);
      const draws = environments.map((_, i) => actionDraws(rng, update, first + i));
      const actor = meanActor(networks.slice(0, actors.length));
      const rollout = collectRollout(environments, actor, draws, numSteps, rows);
      const { low, high } = ranges;
      return { rollout, parts: sumParts(environments.map((environment) => environment.takeParts())), low, high };
    },
    positions: async () => environments.map(({ position }) => position),
    close: async () => {},
  };
}

/** Workers as one: their environments in the order given. */
export function joinWorkers(workers: readonly RolloutWorker[], rows: RowSizes): RolloutWorker {
  return {
    async collect(actors, update) {
      const parts = await Promise.all(workers.map((worker) => worker.collect(actors, update)));
      const ranges = new FeatureRanges(OBSERVATION_SIZE);
      for (const part of parts) ranges.join(part);
      const rollout = joinRollouts(
        parts.map((part) => part.rollout),
        rows,
      );
      return { rollout, parts: sumParts(parts.map((part) => part.parts)), low: ranges.low, high: ranges.high };
    },
    positions: async () => (await Promise.all(workers.map((worker) => worker.positions()))).flat(),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** How many environments each of so many workers has, as evenly as can be. */
export function shareOut(environments: number, workers: number): readonly { first: number; count: number }[] {
  const bounds = Array.from({ length: workers + 1 }, (_, i) => Math.round((i * environments) / workers));
  return bounds
    .slice(1)
    .map((end, i) => ({ first: bounds[i] as number, count: end - (bounds[i] as number) }))
    .filter(({ count }) => count > 0);
}

export function buildNetwork({ sizes, parameters }: NetworkWeights, maxRows: number): Mlp {
  const network = new Mlp(sizes, maxRows);
  network.parameters.set(parameters);
  return network;
}

/** The mean of logits is, but for a constant in each row that no probability depends on, the mean of log-probabilities. */
export function meanActor(networks: readonly Mlp[]): Actor {
  const [only] = networks;
  if (only && networks.length === 1) return (rows, count) => only.forward(rows, count);
  return (rows, count) => {
    const sum = new Float32Array(count * ACTIONS.length);
    for (const network of networks) {
      const logits = network.forward(rows, count);
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (logits[i] as number) / networks.length;
    }
    return sum;
  };
}

function sumParts(all: readonly RewardParts[]): RewardParts {
  const sum = { replicas: 0, misses: 0, churn: 0 };
  for (const parts of all) for (const part of ['replicas', 'misses', 'churn'] as const) sum[part] += parts[part];
  return sum;
}
