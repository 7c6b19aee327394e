import { createRng } from '../base/rng.js';
import { OBSERVATION_SIZE } from '../decision/observation.js';
import { writeLogProbabilities } from './categorical.js';
import { FeatureRanges } from './feature-ranges.js';
import { gatherBytes, gatherDoubles, gatherRows } from './gather.js';
import { Mlp } from './mlp.js';
import { meanActor, type RolloutWorker, scalingRows } from './rollout-worker.js';
import { shuffle } from './shuffle.js';
import { observationsOf, type TrainedPolicy } from './train-policy.js';

export interface DistillOptions {
  readonly seed: number;
  /** States that are visited, rounded up to whole rollouts. */
  readonly steps: number;
  readonly numEnvs: number;
  readonly numSteps: number;
  readonly hidden: readonly number[];
  /** Whose log-probabilities are averaged, all on this forecaster. */
  readonly teachers: readonly Mlp[];
  readonly forecaster: Mlp;
}

/** States of one batch, passes over each rollout, and the first learning rate, which falls to 0. */
const BATCH = 512;
const EPOCHS = 4;
const LEARNING_RATE = 2e-3;
const MAX_GRADIENT_NORM = 1;
/** Rollouts that are kept to learn from: what was visited long ago is still a state to be right in. */
const KEPT = 16;

export interface DistillProgress {
  readonly steps: number;
  /** Mean divergence of the actor from the mean of the teachers on the newest rollout, before it learnt from it, nats. */
  readonly divergence: number;
}

/**
 * One actor that gives the mean of the teachers' log-probabilities: supervised, on the states that this mean policy leads to, by
 * their Kullback-Leibler divergence (Hinton et al. 2015; averaging as in the second study). Same options, same bytes.
 */
export async function distillPolicy(
  options: DistillOptions,
  worker: RolloutWorker,
  onUpdate: (progress: DistillProgress) => Promise<void> = async () => {},
): Promise<TrainedPolicy> {
  const { seed, numEnvs, numSteps, hidden, teachers, forecaster } = options;
  const { observationSize, actionCount } = scalingRows(false);
  const rng = createRng(seed);
  const actor = new Mlp([observationSize, ...hidden, actionCount], BATCH);
  actor.initialize(rng.stream('actor'), 0.01);
  const ranges = new FeatureRanges(OBSERVATION_SIZE);
  const perUpdate = numSteps * numEnvs;
  const updates = Math.ceil(options.steps / perUpdate);
  const lessons: Lesson[] = [];
  let samples: Float32Array = new Float32Array(0);
  for (let update = 0; update < updates; update++) {
    const collected = await worker.collect(
      teachers.map(({ parameters }) => parameters),
      update,
    );
    ranges.join(collected);
    const { observations, masks, lastObservations } = collected.rollout;
    samples = observationsOf(lastObservations);
    const wanted = logProbabilities(meanActor(teachers), observations, masks);
    lessons.push({ observations, masks, wanted });
    if (lessons.length > KEPT) lessons.shift();
    const newest = lessons[lessons.length - 1] as Lesson;
    const divergence = divergenceFrom(newest, actor);
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      const lesson = epoch === 0 ? newest : (lessons[Math.floor(rng.next() * lessons.length)] as Lesson);
      const progress = (update + epoch / EPOCHS) / updates;
      learn(actor, lesson, LEARNING_RATE * (1 - progress), rng);
    }
    await onUpdate({ steps: (update + 1) * perUpdate, divergence });
  }
  const { low, high } = ranges;
  return { forecaster, actor, steps: updates * perUpdate, low, high, samples };
}

/** States, and the mean log-probabilities of the teachers in them. */
interface Lesson {
  readonly observations: Float32Array;
  readonly masks: Uint8Array;
  readonly wanted: Float64Array;
}

function learn(
  actor: Mlp,
  { observations, masks, wanted }: Lesson,
  rate: number,
  rng: ReturnType<typeof createRng>,
): void {
  const { observationSize, actionCount } = scalingRows(false);
  const order = Int32Array.from({ length: wanted.length / actionCount }, (_, i) => i);
  shuffle(order, rng);
  for (let start = 0; start < order.length; start += BATCH) {
    const chosen = order.subarray(start, start + BATCH);
    const logits = actor.forward(gatherRows(observations, chosen, observationSize), chosen.length);
    const legal = gatherBytes(masks, chosen, actionCount);
    const goal = gatherDoubles(wanted, chosen, actionCount);
    const own = new Float64Array(logits.length);
    const gradient = new Float32Array(logits.length);
    for (let row = 0; row < logits.length; row += actionCount) {
      writeLogProbabilities(logits, legal, own, row, actionCount);
      // Of the divergence of q from p by the logits of q: q - p.
      for (let j = row; j < row + actionCount; j++)
        gradient[j] = (Math.exp(own[j] as number) - Math.exp(goal[j] as number)) / chosen.length;
    }
    actor.backward(gradient);
    actor.descend(rate, MAX_GRADIENT_NORM);
  }
}

function logProbabilities(
  actor: ReturnType<typeof meanActor>,
  observations: Float32Array,
  masks: Uint8Array,
): Float64Array {
  const { observationSize, actionCount } = scalingRows(false);
  const rows = observations.length / observationSize;
  const out = new Float64Array(rows * actionCount);
  for (let start = 0; start < rows; start += BATCH) {
    const count = Math.min(BATCH, rows - start);
    const logits = actor(observations.subarray(start * observationSize, (start + count) * observationSize), count);
    const legal = masks.subarray(start * actionCount, (start + count) * actionCount);
    const part = new Float64Array(logits.length);
    for (let row = 0; row < logits.length; row += actionCount)
      writeLogProbabilities(logits, legal, part, row, actionCount);
    out.set(part, start * actionCount);
  }
  return out;
}

function divergenceFrom({ observations, masks, wanted }: Lesson, actor: Mlp): number {
  const { actionCount } = scalingRows(false);
  const own = logProbabilities((rows, count) => actor.forward(rows, count), observations, masks);
  let sum = 0;
  for (let i = 0; i < wanted.length; i++) {
    const logP = wanted[i] as number;
    if (logP > Number.NEGATIVE_INFINITY) sum += Math.exp(logP) * (logP - (own[i] as number));
  }
  return (sum * actionCount) / wanted.length;
}
