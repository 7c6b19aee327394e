/**
 * `npm run bench:training`: samples per second that one core takes through an update of actor and critic (forward, loss,
 * backward, bounded Adam step), beside the same in double precision and plain loops. Processor time, median [min, max].
 */
import { createRng } from '../../src/base/rng.js';
import type { Environment } from '../../src/training/environment.js';
import { PPO_DEFAULTS, Ppo } from '../../src/training/ppo.js';
import { ReferenceAdam } from '../training/support/reference-adam.js';
import { ReferenceMlp } from '../training/support/reference-mlp.js';
import { formatSpread, measure, secondsOf } from './measure.js';

const thousands = (value: number): string => `${(value / 1e3).toFixed(0)}k`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Costs nothing: what is left of a training is the update. */
const IDLE: Environment = {
  observe: (out, offset) => void out.fill(1, offset, offset + 1),
  mask: (out, offset) => void out.fill(1, offset, offset + 9),
  step: () => ({ reward: 0, terminated: false, truncated: false }),
};

function update(observationSize: number, minibatch: number, epochs: number): () => number {
  const options = { ...PPO_DEFAULTS, observationSize, truthSize: 0, actionCount: 9, minibatch, epochs };
  const ppo = new Ppo(options, 64, createRng(1));
  const environments = Array.from({ length: 64 }, () => IDLE);
  const samples = 64 * PPO_DEFAULTS.numSteps;
  return () => secondsOf(() => void ppo.train(environments, 0.5)) / samples;
}

/** Seconds of many epochs less those of few leave the rollout out. */
function samplesPerSecond(observationSize: number, minibatch: number): () => number {
  const few = update(observationSize, minibatch, 2);
  const many = update(observationSize, minibatch, 22);
  return () => 20 / (many() - few());
}

function referenceSamplesPerSecond(observationSize: number, minibatch: number): () => number {
  const networks = [9, 1].map((outputs) => new ReferenceMlp([observationSize, 64, 64, outputs]));
  for (const network of networks) network.initialize(createRng(1), 1);
  const adams = networks.map((network) => new ReferenceAdam(network.parameters.length));
  const input = new Float64Array(minibatch * observationSize).fill(0.1);
  return () =>
    (4 * minibatch) /
    secondsOf(() => {
      for (let turn = 0; turn < 4; turn++)
        for (const [i, network] of networks.entries()) {
          const gradient = new Float64Array(network.parameters.length);
          const activations = network.forward(input, minibatch);
          network.backward(activations, activations.values.at(-1) as Float64Array, gradient);
          adams[i]?.step(network.parameters, gradient, 1e-3, 0.5);
        }
    });
}

say(`node ${process.version}; samples/s of one core, actor and critic together, 9 runs after a warm-up; goal 200k`);
for (const [observationSize, minibatch] of [
  [24, 256],
  [49, 512],
] as const) {
  const name = `${observationSize}-64-64, minibatch ${minibatch}`.padEnd(28);
  say(`${name} ${formatSpread(measure(9, samplesPerSecond(observationSize, minibatch)), thousands)}`);
  const reference = measure(9, referenceSamplesPerSecond(observationSize, minibatch));
  say(`${''.padEnd(28)} ${formatSpread(reference, thousands)} in double precision and plain loops, networks alone`);
}
