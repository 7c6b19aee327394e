import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import {
  applyChanges,
  decodeAction,
  encodeAction,
  KIS_S_ACTIONS,
  type KisSAction,
} from '../../../src/training/kis-s/action.js';
import { KisSEnvironment } from '../../../src/training/kis-s/environment.js';
import { KisSEpisode } from '../../../src/training/kis-s/episode.js';
import { KIS_S_FIXED, KIS_S_PLANNER, playKisS } from '../../../src/training/kis-s/play.js';
import { KIS_S_PATTERNS, KIS_S_STEPS, type KisSPattern } from '../../../src/training/kis-s/published.js';
import { KIS_S_FALLBACKS, KIS_S_STATE, withFallbacks } from '../../../src/training/kis-s/state.js';
import { PPO_DEFAULTS, Ppo } from '../../../src/training/ppo.js';

const HOLD: KisSAction = { gpuChange: 0, cpuChange: 0, placement: 'balanced' };

/** States and rewards of a whole episode under one action. */
function play(episode: KisSEpisode, action = HOLD) {
  const states = [episode.state];
  const rewards: number[] = [];
  while (!episode.isOver) {
    rewards.push(episode.step(action));
    states.push(episode.state);
  }
  return { states, rewards };
}

describe("KIS-S's task over KISim", () => {
  it('has actions that matter: min, mid and max differ on every pattern', () => {
    const [min, mid, max] = KIS_S_FIXED.map((player) => playKisS(player, 1, 5));
    for (const i of KIS_S_PATTERNS.keys()) {
      const [low, middle, high] = [min?.[i], mid?.[i], max?.[i]];
      if (!low || !middle || !high) throw new Error('a pattern is missing');
      expect(low.gpuP95, low.pattern).to.be.above(2 * middle.gpuP95);
      expect(middle.gpuP95, low.pattern).to.be.above(high.gpuP95);
      expect(low.cost, low.pattern).to.be.below(middle.cost);
      expect(middle.cost, low.pattern).to.be.below(high.cost);
      expect(new Set([low.reward, middle.reward, high.reward]).size, low.pattern).to.equal(3);
    }
  });

  it('has no silent defaults: every reading that is made up is named', () => {
    const { measured, fallbacks } = withFallbacks({ ...KIS_S_FALLBACKS, latencyP95: undefined, throughput: undefined });
    expect(fallbacks).to.deep.equal(['latencyP95', 'throughput']);
    expect(measured).to.deep.equal(KIS_S_FALLBACKS);
  });

  it('makes nothing up where there is traffic, on any pattern', () => {
    for (const pattern of KIS_S_PATTERNS) {
      const episode = new KisSEpisode({ pattern, seed: 11 });
      play(episode, decodeAction(0));
      expect(episode.fallbacks, pattern).to.deep.equal([]);
    }
  });

  it('is blind to the label: the state does not change with it, the reward does', () => {
    const runs = KIS_S_PATTERNS.map((label) => play(new KisSEpisode({ pattern: 'ramp', label, seed: 2 })));
    for (const { states } of runs) expect(states).to.deep.equal(runs[0]?.states);
    expect(new Set(runs.map(({ rewards }) => rewards.join())).size).to.equal(KIS_S_PATTERNS.length);
  });

  it('tells percentiles of the whole run for each endpoint, not of its last minute', () => {
    const episode = new KisSEpisode({ pattern: 'periodic', seed: 4 });
    // Far too few replicas in the first minute, plenty from then on.
    episode.step({ gpuChange: -2, cpuChange: -2, placement: 'balanced' });
    const { states } = play(episode, { gpuChange: 2, cpuChange: 2, placement: 'balanced' });
    const [first = 0, last = 0] = [states[0]?.[3], states.at(-1)?.[3]];
    const { gpuP95, cpuP95 } = episode.finish();
    expect(first).to.be.above(20 * last);
    expect(gpuP95).to.be.above(20 * last);
    expect(cpuP95).to.be.above(20 * last);
    expect(gpuP95).not.to.equal(cpuP95);
  });

  it('honours a forced pattern at every reset, and draws all of them without one', () => {
    const patternsOf = (forced?: KisSPattern): KisSPattern[] => {
      const environment = new KisSEnvironment(createRng(3), forced);
      return Array.from({ length: 12 }, () => {
        const { pattern } = environment.episode;
        environment.reset();
        return pattern;
      });
    };
    for (const pattern of KIS_S_PATTERNS) expect(new Set(patternsOf(pattern))).to.deep.equal(new Set([pattern]));
    expect(new Set(patternsOf())).to.deep.equal(new Set(KIS_S_PATTERNS));
  });

  it('keeps observed, wanted and ready replicas apart', () => {
    const { world } = new KisSEpisode({ pattern: 'ramp', seed: 1 });
    world.scaleTo({ gpu: 8, cpu: 1 });
    expect(world.counts).to.deep.equal({ gpu: 8, cpu: 1 });
    expect(world.ready).to.deep.equal({ gpu: 3, cpu: 1 });
    world.advance(120);
    expect(world.ready).to.deep.equal({ gpu: 8, cpu: 1 });
  });

  it('records the placement, which changes nothing', () => {
    const [a, b] = (['prefer_gpu', 'prefer_cpu'] as const).map((placement) => {
      const episode = new KisSEpisode({ pattern: 'random', seed: 9 });
      return { ...play(episode, { ...HOLD, placement }), placements: episode.placements };
    });
    expect(a?.states).to.deep.equal(b?.states);
    expect(b?.placements).to.deep.equal(Array.from({ length: KIS_S_STEPS }, () => 'prefer_cpu'));
  });

  it('sends every request to exactly one of the two Deployments', () => {
    const requests = KIS_S_FIXED.map((player) => {
      const episode = new KisSEpisode({ pattern: 'periodic', seed: 6 });
      while (!episode.isOver) player.play(episode);
      return episode.finish().requests;
    });
    expect(new Set(requests).size).to.equal(1);
  });

  it('can be run by the planner as well', () => {
    for (const { cost, missRate } of playKisS(KIS_S_PLANNER, 1, 7)) {
      expect(cost).to.be.above(1);
      expect(missRate).to.be.within(0, 1);
    }
  });

  it('is an environment that PPO trains on, the same for the same seed', () => {
    const train = (): Float32Array => {
      const rng = createRng(1);
      const environments = [0, 1].map((i) => new KisSEnvironment(rng.stream(`environment/${i}`)));
      const options = { ...PPO_DEFAULTS, hidden: [8], numSteps: 8, minibatch: 16 };
      const task = { observationSize: KIS_S_STATE.length, truthSize: 0, actionCount: KIS_S_ACTIONS };
      const ppo = new Ppo({ ...options, ...task }, environments.length, rng);
      expect(ppo.train(environments, 0).meanReward).to.be.within(-0.5, 3);
      return ppo.actor.parameters;
    };
    expect(train()).to.deep.equal(train());
  });
});

describe("KIS-S's action", () => {
  it('is 5 x 5 x 3 choices, each with one index', () => {
    const all = Array.from({ length: KIS_S_ACTIONS }, (_, i) => decodeAction(i));
    expect(all.map(encodeAction)).to.deep.equal(Array.from({ length: 75 }, (_, i) => i));
    expect(new Set(all.map(({ gpuChange }) => gpuChange))).to.deep.equal(new Set([-2, -1, 0, 1, 2]));
    expect(() => decodeAction(75)).to.throw(RangeError);
  });

  it('keeps both counts within 1 and 10', () => {
    const counts = applyChanges({ gpu: 1, cpu: 9 }, { gpuChange: -2, cpuChange: 2, placement: 'balanced' });
    expect(counts).to.deep.equal({ gpu: 1, cpu: 10 });
  });
});
