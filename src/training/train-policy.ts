import { createRng } from '../base/rng.js';
import { ACTIONS, PLAN_INDEX } from '../decision/action.js';
import { FORECAST_SIZE } from '../decision/forecast.js';
import { OBSERVATION_SIZE } from '../decision/observation.js';
import { type Ablation, blind, hiddenColumns } from './ablation.js';
import { FeatureRanges } from './feature-ranges.js';
import { Mlp } from './mlp.js';
import type { PolicyNetworks } from './onnx/write-model.js';
import { PPO_DEFAULTS, Ppo, type PpoOptions, type UpdateReport } from './ppo.js';
import type { RewardParts } from './reward.js';
import type { RowSizes } from './rollout.js';
import { type RolloutWorker, scalingRows } from './rollout-worker.js';
import { SEEN_SIZE } from './scaling-environment.js';
import type { TrainingState } from './training-state.js';

export interface TrainOptions {
  readonly seed: number;
  /** Ticks of all environments; rounded up to whole rollouts. */
  readonly steps: number;
  /** Ticks of one step of the policy. */
  readonly repeat: number;
  readonly numEnvs: number;
  /** Frozen. */
  readonly forecaster: Mlp;
  readonly settings: TrainSettings;
  readonly without?: readonly Ablation[] | undefined;
  /** Where an earlier training of the same options stood; default: the beginning. */
  readonly from?: TrainingState | undefined;
}

export interface TrainSettings extends Omit<PpoOptions, keyof RowSizes> {
  /** Whether the critic sees the truth beside the observation. */
  readonly isPrivileged: boolean;
}

/**
 * The study's, but for what a warm start and slow environments ask for: more passes over every rollout, and a leash that holds the
 * policy to the law until the critic knows what it is worth.
 */
export const TRAIN_DEFAULTS: TrainSettings = {
  ...PPO_DEFAULTS,
  numSteps: 32,
  epochs: 8,
  entCoef: 0.005,
  leashCoef: 0.03,
  leashUntil: 0.3,
  isPrivileged: true,
};

/** Where a training stands after one update. */
export interface TrainProgress extends UpdateReport {
  readonly steps: number;
  /** Mean reward parts per step of the last rollout. */
  readonly parts: RewardParts;
  /** From which the training goes on to the same bytes. */
  readonly state: () => Promise<TrainingState>;
}

export interface TrainedPolicy extends PolicyNetworks {
  readonly steps: number;
  /** Ranges of the features seen, [OBSERVATION_SIZE] each. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Observations met at the end, one row per environment, for golden vectors. */
  readonly samples: Float32Array;
}

/**
 * Logits that training begins with: chosen greedily the first policy is the law, and of its draws two in five are, the others mostly
 * small steps away from it. Where the law is drawn nearly always, nothing else is ever tried for long enough to show what it is worth.
 */
const LAW_LOGIT = 1;
const LOGIT_PER_OCTAVE = -1.5;

/**
 * Trains a policy by PPO in KISim. The same options and workers of the same options, however many, give the same weights to the
 * byte on every machine, whether the training was interrupted or not.
 */
export async function trainPolicy(
  options: TrainOptions,
  worker: RolloutWorker,
  onUpdate: (progress: TrainProgress) => Promise<void> = async () => {},
): Promise<TrainedPolicy> {
  const { seed, numEnvs, repeat, forecaster, settings, without = [], from } = options;
  const ppo = new Ppo({ ...settings, ...scalingRows(settings.isPrivileged) }, numEnvs, createRng(seed));
  startAsLaw(ppo.actor);
  blind(ppo.actor, hiddenColumns(without));
  ppo.beginHere();
  const ranges = new FeatureRanges(OBSERVATION_SIZE);
  if (from) {
    ppo.restore(from.ppo);
    ranges.join(from);
  }
  const perUpdate = settings.numSteps * numEnvs * repeat;
  const updates = Math.ceil(options.steps / perUpdate);
  let samples = from?.samples ?? new Float32Array(0);
  while (ppo.updates < updates) {
    const collected = await worker.collect([ppo.actor.parameters], ppo.updates);
    const { rollout, parts } = collected;
    ranges.join(collected);
    samples = observationsOf(rollout.lastObservations);
    const report = ppo.learn(rollout, ppo.updates / updates);
    const { low, high } = ranges;
    await onUpdate({
      ...report,
      steps: ppo.updates * perUpdate,
      parts: perStep(parts, perUpdate),
      state: async () => ({ ppo: ppo.snapshot(), low, high, samples, positions: await worker.positions() }),
    });
  }
  return { forecaster, actor: ppo.actor, steps: updates * perUpdate, low: ranges.low, high: ranges.high, samples };
}

/** Makes a fresh actor prefer the move that does what the quantile law does, wherever it is, and its neighbours after that. */
export function startAsLaw(actor: Mlp): void {
  const last = actor.layers[actor.layers.length - 1];
  for (const [index, { factor }] of ACTIONS.entries()) {
    if (!last || factor === undefined) continue;
    last.biases[index] = index === PLAN_INDEX ? LAW_LOGIT : LOGIT_PER_OCTAVE * Math.abs(Math.log2(factor));
  }
}

/** The forecaster of those who have none: every quantile is the present load. */
export function presentLoadForecaster(): Mlp {
  return new Mlp([OBSERVATION_SIZE, FORECAST_SIZE], 1);
}

function perStep({ replicas, misses, churn }: RewardParts, steps: number): RewardParts {
  return { replicas: replicas / steps, misses: misses / steps, churn: churn / steps };
}

/** The observations without the quantiles behind them. */
export function observationsOf(rows: Float32Array): Float32Array {
  const count = rows.length / SEEN_SIZE;
  const out = new Float32Array(count * OBSERVATION_SIZE);
  for (let row = 0; row < count; row++)
    out.set(rows.subarray(row * SEEN_SIZE, row * SEEN_SIZE + OBSERVATION_SIZE), row * OBSERVATION_SIZE);
  return out;
}
