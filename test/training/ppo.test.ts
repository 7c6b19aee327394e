import { expect } from 'chai';
import fc from 'fast-check';
import { normal } from '../../src/base/distributions.js';
import { createRng, type Rng } from '../../src/base/rng.js';
import { sampleIndex, writeLogProbabilities } from '../../src/training/categorical.js';
import { computeAdvantages } from '../../src/training/gae.js';
import { type Environment, PPO_DEFAULTS, Ppo, type StepResult } from '../../src/training/ppo.js';

const draw = (rng: Rng, length: number): Float64Array => Float64Array.from({ length }, () => normal(rng));

describe('generalized advantage estimation', () => {
  it('equals the sum of discounted errors written out', () => {
    const numEnvs = 2;
    const numSteps = 6;
    const rng = createRng(3);
    const size = numEnvs * numSteps;
    const numbers = {
      rewards: draw(rng, size),
      values: draw(rng, size),
      nextValues: draw(rng, size),
      ends: Uint8Array.from({ length: size }, (_, i) => (i === 4 ? 1 : 0)),
    };
    const advantages = computeAdvantages(numbers, numEnvs, 0.9, 0.8);
    for (let i = 0; i < size; i++) {
      let expected = 0;
      for (let k = i, weight = 1; k < size; k += numEnvs, weight *= 0.72) {
        const [r = 0, v = 0, n = 0] = [numbers.rewards[k], numbers.values[k], numbers.nextValues[k]];
        expected += weight * (r + 0.9 * n - v);
        if (numbers.ends[k] === 1) break;
      }
      expect(advantages[i]).to.be.closeTo(expected, 1e-12);
    }
  });

  it('with lambda 1 is the discounted return less the value', () => {
    const rewards = Float64Array.of(1, 2, 4);
    const values = Float64Array.of(0.5, 0.25, 0.125);
    const nextValues = Float64Array.of(0.25, 0.125, 0);
    const ends = Uint8Array.of(0, 0, 1);
    const [first = 0] = computeAdvantages({ rewards, values, nextValues, ends }, 1, 0.5, 1);
    expect(first).to.be.closeTo(1 + 1 + 1 - 0.5, 1e-12);
  });
});

describe('categorical distribution', () => {
  it('sums to one over legal actions and never draws a masked one', () => {
    const logit = fc.double({ min: -30, max: 30, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(logit, fc.boolean()), { minLength: 2, maxLength: 9 }),
        fc.integer(),
        (pairs, seed) => {
          const mask = Uint8Array.from(pairs, ([, legal], i) => (legal || i === 0 ? 1 : 0));
          const logProbs = new Float64Array(pairs.length);
          writeLogProbabilities(
            Float32Array.from(pairs, ([value]) => value),
            mask,
            logProbs,
            0,
            pairs.length,
          );
          expect(logProbs.reduce((sum, value) => sum + Math.exp(value), 0)).to.be.closeTo(1, 1e-9);
          expect(mask[sampleIndex(createRng(seed), logProbs, 0, pairs.length)]).to.equal(1);
        },
      ),
    );
  });
});

/** Shows one of four symbols; the action of the same number is right, action 3 is illegal unless 3 is shown. */
class Echo implements Environment {
  readonly #rng: Rng;
  #shown = 0;
  #steps = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
    this.#draw();
  }

  #draw(): void {
    this.#shown = Math.floor(this.#rng.next() * 4);
  }

  observe(out: Float32Array, offset: number): void {
    for (let i = 0; i < 4; i++) out[offset + i] = i === this.#shown ? 1 : 0;
  }

  mask(out: Uint8Array, offset: number): void {
    for (let i = 0; i < 4; i++) out[offset + i] = i < 3 || this.#shown === 3 ? 1 : 0;
  }

  step(action: number): StepResult {
    const reward = action === this.#shown ? 1 : 0;
    this.#draw();
    this.#steps++;
    return { reward, terminated: this.#steps % 10 === 0, truncated: false };
  }
}

describe('PPO', () => {
  const train = (seed: number, updates: number) => {
    const rng = createRng(seed);
    const environments = Array.from({ length: 8 }, (_, i) => new Echo(rng.stream(`echo/${i}`)));
    const ppo = new Ppo({ ...PPO_DEFAULTS, hidden: [16], observationSize: 4, actionCount: 4, minibatch: 128 }, 8, rng);
    let reward = 0;
    for (let i = 0; i < updates; i++) reward = ppo.train(environments, i / updates).meanReward;
    return { reward, parameters: ppo.actor.parameters };
  };

  it('learns to answer what it is shown', () => {
    expect(train(1, 45).reward).to.be.above(0.95);
  });

  it('gives the same weights for the same seed, and others for another', () => {
    expect(train(7, 2).parameters).to.deep.equal(train(7, 2).parameters);
    expect(train(7, 2).parameters).not.to.deep.equal(train(8, 2).parameters);
  });
});
