import { expect } from 'chai';
import fc from 'fast-check';
import { normal } from '../../src/base/distributions.js';
import { createRng, type Rng } from '../../src/base/rng.js';
import {
  divergenceOf,
  FAVOURED,
  ILLEGAL,
  LEGAL,
  sampleIndex,
  writeLogProbabilities,
} from '../../src/training/categorical.js';
import type { Environment, StepResult } from '../../src/training/environment.js';
import { computeAdvantages } from '../../src/training/gae.js';
import { PPO_DEFAULTS, Ppo, type PpoOptions } from '../../src/training/ppo.js';

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

describe('a favoured action', () => {
  it('is drawn more often, and no masked one for that', () => {
    const logits = Float32Array.of(3, 0, -1);
    const [plain, leaning] = [new Float64Array(3), new Float64Array(3)];
    writeLogProbabilities(logits, Uint8Array.of(LEGAL, LEGAL, ILLEGAL), plain, 0, 3);
    writeLogProbabilities(logits, Uint8Array.of(LEGAL, FAVOURED, ILLEGAL), leaning, 0, 3);
    expect(leaning[1]).to.be.above(plain[1] as number);
    expect(Math.exp(leaning[1] as number)).to.be.above(0.9);
    expect(leaning[2]).to.equal(Number.NEGATIVE_INFINITY);
    expect(leaning.reduce((sum, value) => sum + Math.exp(value), 0)).to.be.closeTo(1, 1e-12);
  });
});

describe('PPO', () => {
  const small = { ...PPO_DEFAULTS, hidden: [16], observationSize: 4, truthSize: 0, actionCount: 4, minibatch: 128 };
  const train = (seed: number, updates: number, changes: Partial<PpoOptions> = {}) => {
    const rng = createRng(seed);
    const environments = Array.from({ length: 8 }, (_, i) => new Echo(rng.stream(`echo/${i}`)));
    const ppo = new Ppo({ ...small, ...changes }, 8, rng);
    let report = ppo.train(environments, 0);
    for (let i = 1; i < updates; i++) report = ppo.train(environments, i / updates);
    return { reward: report.meanReward, report, parameters: ppo.actor.parameters };
  };

  it('learns to answer what it is shown', () => {
    expect(train(1, 45).reward).to.be.above(0.95);
  });

  it('gives the same weights for the same seed, and others for another', () => {
    expect(train(7, 2).parameters).to.deep.equal(train(7, 2).parameters);
    expect(train(7, 2).parameters).not.to.deep.equal(train(8, 2).parameters);
  });

  it('is at no distance from where it began until it moves', () => {
    expect(train(3, 2, { learningRate: 0 }).report.leashKl).to.equal(0);
    expect(train(3, 2).report.leashKl).to.be.above(0);
  });

  it('goes less far on a leash, and further again once that is loose', () => {
    const free = train(3, 20).report.leashKl;
    const held = train(3, 20, { leashCoef: 3 }).report.leashKl;
    expect(held).to.be.below(0.5 * free);
    expect(train(3, 20, { leashCoef: 3, leashUntil: 0.2 }).report.leashKl).to.be.above(held);
  });

  it('goes on from a snapshot as if it had never stopped', () => {
    const play = (stop: boolean) => {
      const rng = createRng(9);
      const environments = Array.from({ length: 8 }, (_, i) => new Echo(rng.stream(`echo/${i}`)));
      let ppo = new Ppo(small, 8, rng);
      for (let i = 0; i < 4; i++) {
        ppo.train(environments, i / 4);
        const snapshot = ppo.snapshot();
        if (stop) {
          ppo = new Ppo(small, 8, rng);
          ppo.restore(snapshot);
        }
      }
      return [ppo.actor.parameters, ppo.critic.parameters];
    };
    expect(play(true)).to.deep.equal(play(false));
  });
});

describe('divergence of categorical distributions', () => {
  it('is 0 from itself and above 0 from any other, over legal actions alone', () => {
    const rng = createRng(2);
    for (let turn = 0; turn < 50; turn++) {
      const mask = Uint8Array.from({ length: 6 }, (_, j) => (j === 0 || rng.next() < 0.6 ? 1 : 0));
      const [p, q] = [new Float64Array(6), new Float64Array(6)];
      for (const out of [p, q])
        writeLogProbabilities(
          Float32Array.from({ length: 6 }, () => normal(rng)),
          mask,
          out,
          0,
          6,
        );
      expect(divergenceOf(p, p, 0, 6)).to.equal(0);
      const divergence = divergenceOf(p, q, 0, 6);
      if (mask.reduce((sum, legal) => sum + legal, 0) > 1) expect(divergence).to.be.above(0);
      else expect(divergence).to.be.closeTo(0, 1e-12);
    }
  });
});
