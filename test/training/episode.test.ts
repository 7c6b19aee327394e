import { expect } from 'chai';
import { createRng } from '../../src/base/rng.js';
import { saturationThroughput } from '../../src/decision/serving-profile.js';
import { TRAINING_SOURCES } from '../../src/scenarios/training-sources.js';
import { drawEpisode, type Episode, WARMUP_TICKS } from '../../src/training/episode.js';
import { describeWorld, openWorld, TRAINING_PROFILES } from '../../src/training/worlds/world.js';
import { DATA, WITHOUT_DATA } from '../support/data.js';

const synthetic = openWorld();

const drawMany = (count: number, world = synthetic): readonly Episode[] =>
  Array.from({ length: count }, (_, i) => drawEpisode(world, createRng(5).stream(`episode/${i}`)));

describe('training episodes', () => {
  const episodes = drawMany(80);

  it('depend on their stream alone', () => {
    const again = drawMany(3);
    for (const [i, { scenario, truth, workload }] of again.entries()) {
      expect(scenario).to.deep.equal(episodes[i]?.scenario);
      expect(truth).to.deep.equal(episodes[i]?.truth);
      expect(workload).to.deep.equal(episodes[i]?.workload);
    }
  });

  it('know how many requests come, tick by tick', () => {
    for (const { run, truth } of drawMany(4)) {
      const until = 45 * 15;
      run.advanceTo(until);
      const expected = truth.arrivals.subarray(0, until / 5).reduce((sum, count) => sum + count, 0);
      expect(run.totals().arrivals).to.be.closeTo(expected, 1);
    }
  });

  it('declare a capacity and a cold start that are wrong by at most a fifth, either way', () => {
    for (const { workload, truth, scenario } of episodes) {
      const { profile, coldStart = Number.NaN } = workload;
      expect(coldStart / truth.coldStart).to.be.within(0.799, 1.251);
      if (!profile) return expect.fail('no profile is declared');
      const { inputTokens = profile.meanInputTokens, outputTokens = profile.meanOutputTokens } = scenario.traffic;
      const declared = saturationThroughput(profile, Number(inputTokens), Number(outputTokens));
      expect(declared / truth.throughput).to.be.within(0.799, 1.251);
    }
  });

  it('have every profile, prices from 3 to 100, long ones and short ones', () => {
    expect(new Set(episodes.map(({ scenario }) => scenario.profile))).to.have.keys(Object.keys(TRAINING_PROFILES));
    const prices = episodes.map(({ missPrice }) => missPrice);
    expect(Math.min(...prices)).to.be.within(3, 5);
    expect(Math.max(...prices)).to.be.within(60, 100);
    expect(new Set(episodes.map(({ ticks }) => ticks)).size).to.be.above(1);
    for (const { ticks, scenario } of episodes) expect(scenario.duration).to.equal((ticks + WARMUP_TICKS + 1) * 15);
  });

  it('go wrong one time in five', () => {
    const faulty = episodes.filter(({ scenario }) => scenario.faults.length > 0).length;
    expect(faulty / episodes.length).to.be.within(0.08, 0.35);
    for (const { scenario } of episodes)
      for (const { at } of scenario.faults) expect(at).to.be.below(scenario.duration ?? 0);
  });

  it('are all synthetic without a data folder, and say so', () => {
    for (const { scenario } of episodes) expect(scenario.traffic.file).to.equal(undefined);
    expect(describeWorld(synthetic).filter((line) => line.includes('/'))).to.deep.equal([]);
  });

  it(`play sections within the recordings of the train split, and no other file${WITHOUT_DATA}`, function () {
    if (DATA === undefined) return this.skip();
    const recorded = drawMany(60, openWorld(DATA))
      .map(({ scenario }) => scenario.traffic)
      .filter(({ file }) => file !== undefined);
    expect(recorded.length).to.be.within(10, 35);
    for (const { file, from = Number.NaN, to = Number.NaN, time } of recorded) {
      const source = TRAINING_SOURCES.find((one) => one.file === file);
      expect(from).to.be.at.least(0);
      expect(to).to.be.at.most(source?.span ?? 0);
      expect([1, 1 / 12]).to.include(time);
    }
  });
});
