import type { Rng } from '../base/rng.js';
import { divergenceOf, entropyOf, writeLogProbabilities } from './categorical.js';
import { collectRollout } from './collect.js';
import type { Environment } from './environment.js';
import { computeAdvantages } from './gae.js';
import { besideRows, gatherBytes, gatherDoubles, gatherRows } from './gather.js';
import { Mlp, type MlpSnapshot } from './mlp.js';
import { explainedVariance, moments } from './moments.js';
import { ReturnScale, type ReturnScaleSnapshot } from './return-scale.js';
import type { Rollout, RowSizes } from './rollout.js';
import { shuffle } from './shuffle.js';

export interface PpoOptions extends RowSizes {
  readonly hidden: readonly number[];
  readonly numSteps: number;
  readonly minibatch: number;
  readonly epochs: number;
  readonly clipCoef: number;
  readonly gamma: number;
  readonly gaeLambda: number;
  readonly learningRate: number;
  /** Of the critic, over the actor's. */
  readonly criticRate: number;
  readonly entCoef: number;
  readonly maxGradNorm: number;
  /** Weight of the divergence from the policy that training began with; it falls to 0 at the share `leashUntil` of the training. */
  readonly leashCoef: number;
  readonly leashUntil: number;
}

export const PPO_DEFAULTS: Omit<PpoOptions, keyof RowSizes> = {
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
  leashCoef: 0,
  leashUntil: 1,
};

/** What one rollout and its update came to. */
export interface UpdateReport {
  readonly meanReward: number;
  readonly entropy: number;
  readonly approxKl: number;
  /** Divergence from the policy that training began with. */
  readonly leashKl: number;
  readonly clipFraction: number;
  readonly explainedVariance: number;
}

/** Where a training stands. */
export interface PpoSnapshot {
  readonly updates: number;
  readonly actor: MlpSnapshot;
  readonly critic: MlpSnapshot;
  readonly scale: ReturnScaleSnapshot;
}

/**
 * Proximal policy optimization (Schulman et al. 2017): actor and critic, apart, and what trains them; details as in CleanRL's
 * ppo.py: per-minibatch advantage normalization, clipped surrogate, rewards scaled by the running deviation of the discounted
 * return. Randomness comes from a stream of every update, so that a training goes on from a snapshot as if it had never stopped.
 */
export class Ppo {
  readonly actor: Mlp;
  /** Sees what the actor sees and the truth beside it. */
  readonly critic: Mlp;
  /** The policy that training began with. */
  readonly #origin: Mlp;
  readonly #options: PpoOptions;
  readonly #rng: Rng;
  readonly #scale: ReturnScale;
  #updates = 0;

  constructor(options: PpoOptions, numEnvs: number, rng: Rng) {
    const { observationSize, truthSize, actionCount, hidden, gamma, minibatch } = options;
    this.#options = options;
    this.#rng = rng;
    const maxRows = Math.max(minibatch, numEnvs);
    const sizes = [observationSize, ...hidden, actionCount];
    this.actor = new Mlp(sizes, maxRows);
    this.critic = new Mlp([observationSize + truthSize, ...hidden, 1], maxRows);
    this.actor.initialize(rng.stream('actor'), 0.01);
    this.critic.initialize(rng.stream('critic'), 1);
    this.#origin = new Mlp(sizes, maxRows);
    this.#scale = new ReturnScale(numEnvs, gamma);
    this.beginHere();
  }

  /** Makes the present actor the policy that the leash holds to. */
  beginHere(): void {
    this.#origin.parameters.set(this.actor.parameters);
  }

  get updates(): number {
    return this.#updates;
  }

  snapshot(): PpoSnapshot {
    const { actor, critic } = this;
    return {
      updates: this.#updates,
      actor: actor.snapshot(),
      critic: critic.snapshot(),
      scale: this.#scale.snapshot(),
    };
  }

  restore({ updates, actor, critic, scale }: PpoSnapshot): void {
    this.#updates = updates;
    this.actor.restore(actor);
    this.critic.restore(critic);
    this.#scale.restore(scale);
  }

  /** The stream that environment `env` draws its actions from during the present update. */
  drawsOf(env: number): Rng {
    return actionDraws(this.#rng, this.#updates, env);
  }

  /** One rollout of environments of this thread, and its update. */
  train(environments: readonly Environment[], progress: number): UpdateReport {
    const draws = environments.map((_, e) => this.drawsOf(e));
    const actor = (rows: Float32Array, count: number): Float32Array => this.actor.forward(rows, count);
    return this.learn(collectRollout(environments, actor, draws, this.#options.numSteps, this.#options), progress);
  }

  /**
   * Learns from a rollout of the present actor.
   * @param progress share of the training that is over, 0 to 1: the learning rate holds for a third, then falls to 0; the entropy's
   * weight falls to 0, and the leash's earlier
   */
  learn(rollout: Rollout, progress: number): UpdateReport {
    const { learningRate, entCoef, leashCoef, leashUntil } = this.#options;
    const batch = this.#evaluate(rollout);
    const rates: Rates = {
      learningRate: learningRate * Math.min(1, (1 - progress) * 1.5),
      entCoef: entCoef * (1 - progress),
      leashCoef: leashCoef * Math.max(0, 1 - progress / leashUntil),
    };
    const report = this.#update(rollout, batch, rates);
    this.#updates++;
    const meanReward = rollout.rewards.reduce((sum, reward) => sum + reward, 0) / rollout.rewards.length;
    return { ...report, meanReward };
  }

  /** What the critic makes of a rollout, and what the policy that training began with would have done. */
  #evaluate(rollout: Rollout): Batch {
    const { observationSize, truthSize, actionCount, gamma, gaeLambda } = this.#options;
    const { numEnvs, ends, cutOffs, observations, truths, lastObservations, lastTruths } = rollout;
    const size = rollout.rewards.length;
    const states = besideRows(observations, observationSize, truths, truthSize);
    const values = Float64Array.from(this.#inChunks(this.critic, states, observationSize + truthSize, 1));
    const lastStates = besideRows(lastObservations, observationSize, lastTruths, truthSize);
    const lastValues = this.#inChunks(this.critic, lastStates, observationSize + truthSize, 1);
    const nextValues = Float64Array.from(values, (_, i) => {
      if (ends[i] === 1) return 0;
      return (i + numEnvs < size ? values[i + numEnvs] : lastValues[i + numEnvs - size]) as number;
    });
    for (const { index, observation, truth } of cutOffs)
      nextValues[index] = this.critic.forward(
        besideRows(observation, observationSize, truth, truthSize),
        1,
      )[0] as number;
    const rewards = rollout.rewards.map((reward, i) => this.#scale.scale(i % numEnvs, reward, ends[i] === 1));
    const advantages = computeAdvantages({ rewards, values, ends, nextValues }, numEnvs, gamma, gaeLambda);
    const logits = this.#inChunks(this.#origin, observations, observationSize, actionCount);
    const origin = new Float64Array(logits.length);
    for (let row = 0; row < size; row++)
      writeLogProbabilities(logits, rollout.masks, origin, row * actionCount, actionCount);
    return { states, values, advantages, origin };
  }

  #inChunks(network: Mlp, rows: Float32Array, width: number, outputs: number): Float32Array {
    const { minibatch } = this.#options;
    const count = rows.length / width;
    const out = new Float32Array(count * outputs);
    for (let start = 0; start < count; start += minibatch) {
      const end = Math.min(count, start + minibatch);
      out.set(network.forward(rows.subarray(start * width, end * width), end - start), start * outputs);
    }
    return out;
  }

  #update(rollout: Rollout, batch: Batch, rates: Rates): Omit<UpdateReport, 'meanReward'> {
    const { epochs, criticRate } = this.#options;
    const size = rollout.rewards.length;
    const minibatch = Math.min(this.#options.minibatch, size);
    const order = Int32Array.from({ length: size }, (_, i) => i);
    const rng = this.#rng.stream(`order/${this.#updates}`);
    const tally: Tally = { entropy: 0, approxKl: 0, leashKl: 0, clipped: 0, count: 0 };
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffle(order, rng);
      for (let start = 0; start + minibatch <= size; start += minibatch) {
        const chosen = order.subarray(start, start + minibatch);
        this.#updateActor(rollout, batch, chosen, rates, tally);
        this.#updateCritic(batch, chosen, rates.learningRate * criticRate);
      }
    }
    return {
      entropy: tally.entropy / tally.count,
      approxKl: tally.approxKl / tally.count,
      leashKl: tally.leashKl / tally.count,
      clipFraction: tally.clipped / tally.count,
      explainedVariance: explainedVariance(batch.values, batch.advantages),
    };
  }

  #updateActor(rollout: Rollout, batch: Batch, chosen: Int32Array, rates: Rates, tally: Tally): void {
    const { observationSize, actionCount, clipCoef, maxGradNorm } = this.#options;
    const { learningRate, entCoef, leashCoef } = rates;
    const count = chosen.length;
    const logits = this.actor.forward(gatherRows(rollout.observations, chosen, observationSize), count);
    const masks = gatherBytes(rollout.masks, chosen, actionCount);
    const origin = gatherDoubles(batch.origin, chosen, actionCount);
    const logProbs = new Float64Array(logits.length);
    const outputGradient = new Float32Array(logits.length);
    const { mean, deviation } = moments(batch.advantages, chosen);
    for (let k = 0; k < count; k++) {
      const i = chosen[k] as number;
      const row = k * actionCount;
      writeLogProbabilities(logits, masks, logProbs, row, actionCount);
      const action = rollout.actions[i] as number;
      const logRatio = (logProbs[row + action] as number) - (rollout.logProbs[i] as number);
      const ratio = Math.exp(logRatio);
      const advantage = ((batch.advantages[i] as number) - mean) / (deviation + 1e-8);
      const isClipped = advantage > 0 ? ratio > 1 + clipCoef : ratio < 1 - clipCoef;
      const entropy = entropyOf(logProbs, row, actionCount);
      const divergence = divergenceOf(logProbs, origin, row, actionCount);
      // Derivatives by logit j: of -ratio * advantage it is -ratio * advantage * (1[j = action] - p_j), of the entropy
      // -p_j (log p_j + H), of the divergence D from q p_j (log p_j - log q_j - D).
      const weight = isClipped ? 0 : -ratio * advantage;
      for (let j = 0; j < actionCount; j++) {
        const logP = logProbs[row + j] as number;
        const p = Math.exp(logP);
        if (p === 0) continue;
        const policyPart = weight * ((j === action ? 1 : 0) - p);
        const leashPart = leashCoef * p * (logP - (origin[row + j] as number) - divergence);
        outputGradient[row + j] = (policyPart + entCoef * p * (logP + entropy) + leashPart) / count;
      }
      tally.entropy += entropy;
      tally.approxKl += ratio - 1 - logRatio;
      tally.leashKl += divergence;
      tally.clipped += isClipped ? 1 : 0;
      tally.count++;
    }
    this.actor.backward(outputGradient);
    this.actor.descend(learningRate, maxGradNorm);
  }

  #updateCritic({ states, values, advantages }: Batch, chosen: Int32Array, rate: number): void {
    const { observationSize, truthSize, maxGradNorm } = this.#options;
    const predicted = this.critic.forward(gatherRows(states, chosen, observationSize + truthSize), chosen.length);
    const outputGradient = new Float32Array(chosen.length);
    for (let k = 0; k < chosen.length; k++) {
      const i = chosen[k] as number;
      const return_ = (advantages[i] as number) + (values[i] as number);
      outputGradient[k] = ((predicted[k] as number) - return_) / chosen.length;
    }
    this.critic.backward(outputGradient);
    this.critic.descend(rate, maxGradNorm);
  }
}

/** The stream that environment `env` draws its actions from during an update: its own, whoever plays beside it. */
export function actionDraws(rng: Rng, update: number, env: number): Rng {
  return rng.stream(`actions/${update}/${env}`);
}

interface Rates {
  readonly learningRate: number;
  readonly entCoef: number;
  readonly leashCoef: number;
}

interface Tally {
  entropy: number;
  approxKl: number;
  leashKl: number;
  clipped: number;
  count: number;
}

/** Beside a rollout's steps, row-major as they are. */
interface Batch {
  /** What the critic sees. */
  readonly states: Float32Array;
  readonly values: Float64Array;
  readonly advantages: Float64Array;
  /** Log-probabilities of the policy that training began with. */
  readonly origin: Float64Array;
}
