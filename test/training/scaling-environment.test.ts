import { expect } from 'chai';
import { createRng } from '../../src/base/rng.js';
import { ACTIONS, PLAN_INDEX } from '../../src/decision/action.js';
import { OBSERVATION_SIZE } from '../../src/decision/observation.js';
import { FAVOURED } from '../../src/training/categorical.js';
import { FeatureRanges } from '../../src/training/feature-ranges.js';
import { createRollout, joinRollouts } from '../../src/training/rollout.js';
import { type EpisodePosition, ScalingEnvironment, SEEN_SIZE } from '../../src/training/scaling-environment.js';
import { presentLoadForecaster } from '../../src/training/train-policy.js';
import { TRUTH_SIZE } from '../../src/training/truth.js';
import { openWorld } from '../../src/training/worlds/world.js';

const world = openWorld();
const forecaster = presentLoadForecaster();

function open(seed: number, from?: EpisodePosition, lean = 0, repeat = 1): ScalingEnvironment {
  const ranges = new FeatureRanges(OBSERVATION_SIZE);
  const rng = createRng(seed).stream('environment/0');
  return new ScalingEnvironment({
    world,
    rng,
    forecaster,
    churn: 0.15,
    lean,
    repeat,
    ranges,
    ...(from ? { from } : {}),
  });
}

interface Shown {
  readonly seen: Float32Array;
  readonly truth: Float32Array;
  readonly mask: Uint8Array;
}

function look(environment: ScalingEnvironment): Shown {
  const shown = {
    seen: new Float32Array(SEEN_SIZE),
    truth: new Float32Array(TRUTH_SIZE),
    mask: new Uint8Array(ACTIONS.length),
  };
  environment.observe(shown.seen, 0);
  environment.reveal(shown.truth, 0);
  environment.mask(shown.mask, 0);
  return shown;
}

describe('autoscaling as an environment', () => {
  it('shows finite numbers, and always allows what the law does', () => {
    const environment = open(1);
    for (let i = 0; i < 40; i++) {
      const { seen, truth, mask } = look(environment);
      expect([...seen, ...truth].every((value) => Number.isFinite(value) && Math.abs(value) < 20)).to.equal(true);
      expect(mask[PLAN_INDEX]).to.equal(1);
      const { reward } = environment.step(i % 3 === 0 ? mask.lastIndexOf(1) : PLAN_INDEX);
      expect(reward).to.be.below(0);
    }
  });

  it('favours one legal move at a time for a while, where it leans, and none where it does not', () => {
    for (const lean of [0, 1]) {
      const environment = open(5, undefined, lean);
      const favoured = new Set<number>();
      for (let i = 0; i < 40; i++) {
        const { mask, truth } = look(environment);
        expect(mask.filter((said) => said === FAVOURED).length).to.be.at.most(lean);
        for (const [action, said] of mask.entries()) if (said === FAVOURED) favoured.add(action);
        if (lean === 0) expect(truth[TRUTH_SIZE - 1]).to.equal(0);
        environment.step(PLAN_INDEX);
      }
      expect([...favoured]).to.have.lengthOf(lean);
    }
  });

  it('is led to the same place by the same actions, also in a later episode', () => {
    const environment = open(2);
    let ends = 0;
    for (let i = 0; ends < 1 || i % 7 !== 0; i++) if (environment.step(PLAN_INDEX).truncated) ends++;
    const { position } = environment;
    expect(position.episode).to.equal(1);
    const other = open(2, position);
    expect(look(other)).to.deep.equal(look(environment));
    expect(other.step(PLAN_INDEX).reward).to.equal(environment.step(PLAN_INDEX).reward);
    expect(other.position).to.deep.equal(environment.position);
  });

  it('means the same for a few ticks as the same action at each of them', () => {
    for (const action of [PLAN_INDEX, ACTIONS.length - 1]) {
      const [once, often] = [open(6, undefined, 0, 4), open(6)];
      const { reward } = once.step(action);
      const rewards = [0, 1, 2, 3].map(() => often.step(action).reward);
      expect(reward).to.be.closeTo(rewards.reduce((sum, value) => sum + value, 0) / 4, 1e-12);
      expect(look(once)).to.deep.equal(look(often));
    }
  });

  it('is cut off at the end of an episode with what would have gone on, and begins the next one', () => {
    const environment = open(3);
    for (;;) {
      const { truncated, terminated, cutOff } = environment.step(PLAN_INDEX);
      expect(terminated).to.equal(false);
      if (!truncated) continue;
      expect(cutOff?.observation).to.have.lengthOf(SEEN_SIZE);
      expect(cutOff?.truth).to.have.lengthOf(TRUTH_SIZE);
      expect(cutOff?.observation).not.to.deep.equal(look(environment).seen);
      expect(environment.position).to.deep.equal({ episode: 1, actions: [] });
      return;
    }
  });
});

describe('rollouts side by side', () => {
  it('keep every step with its environment', () => {
    const sizes = { observationSize: 2, truthSize: 1, actionCount: 3 };
    const parts = [1, 2].map((numEnvs, p) => {
      const part = createRollout(2, numEnvs, sizes);
      for (let i = 0; i < part.rewards.length; i++) {
        // Step and environment, told by a number.
        const name = 10 * Math.floor(i / numEnvs) + (p === 0 ? 0 : 1 + (i % numEnvs));
        part.rewards[i] = name;
        part.observations.set([name, -name], 2 * i);
        part.masks[3 * i + 1] = name;
      }
      part.cutOffs.push({ index: numEnvs, observation: new Float32Array(2), truth: new Float32Array(1) });
      part.lastTruths.fill(p);
      return part;
    });
    const whole = joinRollouts(parts, sizes);
    expect([...whole.rewards]).to.deep.equal([0, 1, 2, 10, 11, 12]);
    expect([...whole.observations].filter((_, i) => i % 2 === 1)).to.deep.equal([-0, -1, -2, -10, -11, -12]);
    expect([...whole.masks].filter((_, i) => i % 3 === 1)).to.deep.equal([0, 1, 2, 10, 11, 12]);
    expect(whole.cutOffs.map(({ index }) => index)).to.deep.equal([3, 4]);
    expect([...whole.lastTruths]).to.deep.equal([0, 1, 1]);
  });
});
