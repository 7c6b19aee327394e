import { square } from '../base/power.js';
import type { Rng } from '../base/rng.js';
import { sampleIndex, writeLogProbabilities } from './categorical.js';
import { computeAdvantages } from './gae.js';
import { Mlp } from './mlp.js';
import { ReturnScale } from './return-scale.js';

/** One environment as PPO sees it. `observe` and `mask` write into preallocated rows at an offset. */
export interface Environment {
  observe(out: Float32Array, offset: number): void;
  mask(out: Uint8Array, offset: number): void;
  /** Takes an action; after an end the environment has already begun its next episode. */
  step(action: number): StepResult;
}

export interface StepResult {
  readonly reward: number;
  /** The episode came to its natural end: no value beyond it. */
  readonly terminated: boolean;
  /** The episode was cut off by its time limit: `finalObservation` is what would have gone on. */
  readonly truncated: boolean;
  readonly finalObservation?: Float32Array;
}

export interface PpoOptions {
  readonly observationSize: number;
  readonly actionCount: number;
  readonly hidden: readonly number[];
  readonly numSteps: number;
  readonly minibatch: number;
  readonly epochs: number;
  readonly clipCoef: number;
  readonly gamma: number;
  readonly gaeLambda: number;
  readonly learningRate: number;
  readonly criticRate: number;
  readonly entCoef: number;
  readonly maxGradNorm: number;
}

export const PPO_DEFAULTS: Omit<PpoOptions, 'observationSize' | 'actionCount'> = {
  hidden: [64, 64],
  numSteps: 64,
  minibatch: 512,
  epochs: 4,
  clipCoef: 0.2,
  gamma: 0.99,
  gaeLambda: 0.95,
  learningRate: 1.5e-3,
  criticRate: 2,
  entCoef: 0.001,
  maxGradNorm: 0.5,
};

/** What one rollout and its update came to. */
export interface UpdateReport {
  readonly meanReward: number;
  readonly entropy: number;
  readonly approxKl: number;
  readonly clipFraction: number;
  readonly explainedVariance: number;
}

/** Actor and critic, apart, and what trains them. */
export class Ppo {
  readonly actor: Mlp;
  readonly critic: Mlp;
  readonly #options: PpoOptions;
  readonly #rng: Rng;
  readonly #scale: ReturnScale;

  constructor(options: PpoOptions, numEnvs: number, rng: Rng) {
    const { observationSize, actionCount, hidden, gamma } = options;
    this.#options = options;
    this.#rng = rng.stream('ppo');
    const maxRows = Math.max(options.minibatch, numEnvs);
    this.actor = new Mlp([observationSize, ...hidden, actionCount], maxRows);
    this.critic = new Mlp([observationSize, ...hidden, 1], maxRows);
    this.actor.initialize(rng.stream('actor'), 0.01);
    this.critic.initialize(rng.stream('critic'), 1);
    this.#scale = new ReturnScale(numEnvs, gamma);
  }

  /**
   * One rollout of all environments and its update (Schulman et al. 2017; details as in CleanRL's ppo.py: per-minibatch
   * advantage normalization, clipped surrogate, rewards scaled by the running deviation of the discounted return).
   * @param progress share of the training that is over, 0 to 1: learning rate holds for a third, then falls to 0; entropy falls to 0
   */
  train(environments: readonly Environment[], progress: number): UpdateReport {
    const rollout = this.#collect(environments);
    const learningRate = this.#options.learningRate * Math.min(1, (1 - progress) * 1.5);
    const entCoef = this.#options.entCoef * (1 - progress);
    return { ...this.#update(rollout, learningRate, entCoef), meanReward: rollout.meanReward };
  }

  #collect(environments: readonly Environment[]): Rollout {
    const { observationSize, actionCount, numSteps, gamma, gaeLambda } = this.#options;
    const numEnvs = environments.length;
    const rollout = createRollout(numSteps * numEnvs, observationSize, actionCount);
    let total = 0;
    for (let t = 0; t < numSteps; t++) {
      const first = t * numEnvs;
      for (const [e, environment] of environments.entries()) {
        environment.observe(rollout.observations, (first + e) * observationSize);
        environment.mask(rollout.masks, (first + e) * actionCount);
      }
      const rows = rollout.observations.subarray(first * observationSize, (first + numEnvs) * observationSize);
      const logits = this.actor.forward(rows, numEnvs);
      const values = this.critic.forward(rows, numEnvs);
      rollout.values.set(values, first);
      if (t > 0) for (let e = 0; e < numEnvs; e++) bridge(rollout, first - numEnvs + e, values[e] as number);
      const masks = rollout.masks.subarray(first * actionCount, (first + numEnvs) * actionCount);
      const logProbs = new Float64Array(numEnvs * actionCount);
      for (const [e, environment] of environments.entries()) {
        writeLogProbabilities(logits, masks, logProbs, e * actionCount, actionCount);
        const action = sampleIndex(this.#rng, logProbs, e * actionCount, actionCount);
        const result = environment.step(action);
        const i = first + e;
        const hasEnded = result.terminated || result.truncated;
        rollout.actions[i] = action;
        rollout.logProbs[i] = logProbs[e * actionCount + action] as number;
        rollout.rewards[i] = this.#scale.scale(e, result.reward, hasEnded);
        rollout.ends[i] = hasEnded ? 1 : 0;
        rollout.nextValues[i] =
          result.truncated && result.finalObservation ? this.#valueOf(result.finalObservation) : 0;
        total += result.reward;
      }
    }
    this.#bridgeLast(rollout, environments);
    rollout.advantages = computeAdvantages(rollout, numEnvs, gamma, gaeLambda);
    rollout.meanReward = total / (numSteps * numEnvs);
    return rollout;
  }

  /** The last steps' next values: of the states that the environments are in now. */
  #bridgeLast(rollout: Rollout, environments: readonly Environment[]): void {
    const { observationSize } = this.#options;
    const rows = new Float32Array(environments.length * observationSize);
    for (const [e, environment] of environments.entries()) environment.observe(rows, e * observationSize);
    const values = this.critic.forward(rows, environments.length);
    const first = rollout.rewards.length - environments.length;
    for (let e = 0; e < environments.length; e++) bridge(rollout, first + e, values[e] as number);
  }

  #valueOf(observation: Float32Array): number {
    return this.critic.forward(observation, 1)[0] as number;
  }

  #update(rollout: Rollout, learningRate: number, entCoef: number): Omit<UpdateReport, 'meanReward'> {
    const { epochs, minibatch } = this.#options;
    const size = rollout.rewards.length;
    const order = Int32Array.from({ length: size }, (_, i) => i);
    const tally = { entropy: 0, approxKl: 0, clipped: 0, count: 0 };
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffle(order, this.#rng);
      for (let start = 0; start + minibatch <= size; start += minibatch) {
        const batch = order.subarray(start, start + minibatch);
        this.#updateActor(rollout, batch, learningRate, entCoef, tally);
        this.#updateCritic(rollout, batch, learningRate * this.#options.criticRate);
      }
    }
    return {
      entropy: tally.entropy / tally.count,
      approxKl: tally.approxKl / tally.count,
      clipFraction: tally.clipped / tally.count,
      explainedVariance: explainedVariance(rollout),
    };
  }

  #updateActor(rollout: Rollout, batch: Int32Array, rate: number, entCoef: number, tally: Tally): void {
    const { observationSize, actionCount, clipCoef, maxGradNorm } = this.#options;
    const logits = this.actor.forward(gather(rollout.observations, batch, observationSize), batch.length);
    const masks = gatherBytes(rollout.masks, batch, actionCount);
    const logProbs = new Float64Array(logits.length);
    const outputGradient = new Float32Array(logits.length);
    const { mean, deviation } = moments(rollout.advantages, batch);
    for (let k = 0; k < batch.length; k++) {
      const i = batch[k] as number;
      const row = k * actionCount;
      writeLogProbabilities(logits, masks, logProbs, row, actionCount);
      const action = rollout.actions[i] as number;
      const logRatio = (logProbs[row + action] as number) - (rollout.logProbs[i] as number);
      const ratio = Math.exp(logRatio);
      const advantage = ((rollout.advantages[i] as number) - mean) / (deviation + 1e-8);
      const isClipped = advantage > 0 ? ratio > 1 + clipCoef : ratio < 1 - clipCoef;
      const entropy = entropyOf(logProbs, row, actionCount);
      // d/dlogit_j of -ratio * advantage is -ratio * advantage * (1[j = action] - p_j); of the entropy -p_j (log p_j + H).
      const weight = isClipped ? 0 : -ratio * advantage;
      for (let j = 0; j < actionCount; j++) {
        const logP = logProbs[row + j] as number;
        const p = Math.exp(logP);
        if (p === 0) continue;
        const policyPart = weight * ((j === action ? 1 : 0) - p);
        outputGradient[row + j] = (policyPart + entCoef * p * (logP + entropy)) / batch.length;
      }
      tally.entropy += entropy;
      tally.approxKl += ratio - 1 - logRatio;
      tally.clipped += isClipped ? 1 : 0;
      tally.count++;
    }
    this.actor.backward(outputGradient);
    this.actor.descend(rate, maxGradNorm);
  }

  #updateCritic(rollout: Rollout, batch: Int32Array, rate: number): void {
    const { observationSize, maxGradNorm } = this.#options;
    const predicted = this.critic.forward(gather(rollout.observations, batch, observationSize), batch.length);
    const outputGradient = new Float32Array(batch.length);
    for (let k = 0; k < batch.length; k++) {
      const i = batch[k] as number;
      const return_ = (rollout.advantages[i] as number) + (rollout.values[i] as number);
      outputGradient[k] = ((predicted[k] as number) - return_) / batch.length;
    }
    this.critic.backward(outputGradient);
    this.critic.descend(rate, maxGradNorm);
  }
}

interface Tally {
  entropy: number;
  approxKl: number;
  clipped: number;
  count: number;
}

/** All steps of all environments, row-major [numSteps][numEnvs]. */
interface Rollout {
  readonly observations: Float32Array;
  readonly masks: Uint8Array;
  readonly actions: Int32Array;
  readonly logProbs: Float64Array;
  readonly rewards: Float64Array;
  readonly values: Float64Array;
  readonly nextValues: Float64Array;
  readonly ends: Uint8Array;
  advantages: Float64Array;
  meanReward: number;
}

function createRollout(size: number, observationSize: number, actionCount: number): Rollout {
  return {
    observations: new Float32Array(size * observationSize),
    masks: new Uint8Array(size * actionCount),
    actions: new Int32Array(size),
    logProbs: new Float64Array(size),
    rewards: new Float64Array(size),
    values: new Float64Array(size),
    nextValues: new Float64Array(size),
    ends: new Uint8Array(size),
    advantages: new Float64Array(0),
    meanReward: 0,
  };
}

/** An episode that goes on is worth what its next state is worth. */
function bridge(rollout: Rollout, index: number, value: number): void {
  if (rollout.ends[index] === 0) rollout.nextValues[index] = value;
}

function gather(from: Float32Array, batch: Int32Array, width: number): Float32Array {
  const out = new Float32Array(batch.length * width);
  for (let k = 0; k < batch.length; k++) {
    const i = batch[k] as number;
    out.set(from.subarray(i * width, (i + 1) * width), k * width);
  }
  return out;
}

function gatherBytes(from: Uint8Array, batch: Int32Array, width: number): Uint8Array {
  const out = new Uint8Array(batch.length * width);
  for (let k = 0; k < batch.length; k++) {
    const i = batch[k] as number;
    out.set(from.subarray(i * width, (i + 1) * width), k * width);
  }
  return out;
}

function shuffle(order: Int32Array, rng: Rng): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(rng.next() * (i + 1));
    const swapped = order[i] as number;
    order[i] = order[j] as number;
    order[j] = swapped;
  }
}

function moments(values: Float64Array, batch: Int32Array): { mean: number; deviation: number } {
  let sum = 0;
  let squares = 0;
  for (const i of batch) {
    const value = values[i] as number;
    sum += value;
    squares += value * value;
  }
  const mean = sum / batch.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / batch.length - mean * mean)) };
}

function entropyOf(logProbs: Float64Array, offset: number, count: number): number {
  let entropy = 0;
  for (let j = offset; j < offset + count; j++) {
    const logP = logProbs[j] as number;
    if (logP > Number.NEGATIVE_INFINITY) entropy -= Math.exp(logP) * logP;
  }
  return entropy;
}

/** 1 - Var(return - value) / Var(return): 1 is a perfect critic, 0 a constant one. */
function explainedVariance({ values, advantages }: Rollout): number {
  const all = Int32Array.from({ length: values.length }, (_, i) => i);
  const returns = advantages.map((advantage, i) => advantage + (values[i] as number));
  const spread = square(moments(returns, all).deviation);
  return spread > 0 ? 1 - square(moments(advantages, all).deviation) / spread : Number.NaN;
}
