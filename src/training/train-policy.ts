import { createRng } from '../base/rng.js';
import { ACTIONS, PLAN_INDEX } from '../decision/action.js';
import { OBSERVATION_SIZE } from '../decision/observation.js';
import type { Mlp } from './mlp.js';
import { PPO_DEFAULTS, Ppo, type UpdateReport } from './ppo.js';
import { ScalingEnvironment, SEEN_SIZE } from './scaling-environment.js';
import type { World } from './worlds/world.js';

export interface TrainOptions {
  readonly world: World;
  /** Frozen; see `forecaster/`. */
  readonly forecaster: Mlp;
  readonly seed: number;
  /** Environment steps in all; rounded up to whole rollouts. */
  readonly steps: number;
  readonly numEnvs: number;
}

/** Where a training stands after one update. */
export interface TrainProgress extends UpdateReport {
  readonly steps: number;
  /** Mean reward parts per step of the last rollout. */
  readonly parts: { readonly replicas: number; readonly misses: number; readonly churn: number };
}

export interface TrainedPolicy {
  readonly forecaster: Mlp;
  readonly actor: Mlp;
  readonly steps: number;
  /** Ranges of the features seen, [OBSERVATION_SIZE] each. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Observations met at the end, one row per environment, for golden vectors. */
  readonly samples: Float32Array;
}

/** Logit that the law's own action starts with: the first policy is the quantile law two times out of three, not noise. */
const WARM_START = 3;

/** Trains a policy by PPO in KISim. The same options give the same weights, to the byte, on every machine. */
export async function trainPolicy(
  options: TrainOptions,
  onUpdate: (progress: TrainProgress) => Promise<void>,
): Promise<TrainedPolicy> {
  const { world, forecaster, seed, numEnvs } = options;
  const rng = createRng(seed);
  const environments = Array.from(
    { length: numEnvs },
    (_, i) => new ScalingEnvironment(world, forecaster, rng.stream(`environment/${i}`)),
  );
  const ppo = new Ppo({ ...PPO_DEFAULTS, observationSize: SEEN_SIZE, actionCount: ACTIONS.length }, numEnvs, rng);
  preferPlan(ppo.actor);
  const perUpdate = PPO_DEFAULTS.numSteps * numEnvs;
  const updates = Math.ceil(options.steps / perUpdate);
  for (let update = 0; update < updates; update++) {
    const report = ppo.train(environments, update / updates);
    await onUpdate({ ...report, steps: (update + 1) * perUpdate, parts: takeParts(environments, perUpdate) });
  }
  return { forecaster, actor: ppo.actor, steps: updates * perUpdate, ...seen(environments) };
}

function preferPlan(actor: Mlp): void {
  const last = actor.layers[actor.layers.length - 1];
  if (last) last.biases[PLAN_INDEX] = WARM_START;
}

function takeParts(environments: readonly ScalingEnvironment[], steps: number): TrainProgress['parts'] {
  const sum = { replicas: 0, misses: 0, churn: 0 };
  for (const { parts } of environments) {
    for (const part of ['replicas', 'misses', 'churn'] as const) {
      sum[part] += parts[part] / steps;
      parts[part] = 0;
    }
  }
  return sum;
}

function seen(environments: readonly ScalingEnvironment[]): Pick<TrainedPolicy, 'low' | 'high' | 'samples'> {
  const low = new Float64Array(OBSERVATION_SIZE).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(OBSERVATION_SIZE).fill(Number.NEGATIVE_INFINITY);
  const samples = new Float32Array(environments.length * OBSERVATION_SIZE);
  const row = new Float32Array(SEEN_SIZE);
  for (const [e, environment] of environments.entries()) {
    environment.observe(row, 0);
    samples.set(row.subarray(0, OBSERVATION_SIZE), e * OBSERVATION_SIZE);
    for (let i = 0; i < OBSERVATION_SIZE; i++) {
      low[i] = Math.min(low[i] as number, environment.low[i] as number);
      high[i] = Math.max(high[i] as number, environment.high[i] as number);
    }
  }
  return { low, high, samples };
}
