import { expect } from 'chai';
import { createRng } from '../../src/base/rng.js';
import { mean } from '../../src/base/statistics.js';
import { ACTIONS, PLAN_INDEX } from '../../src/decision/action.js';
import { argmax } from '../../src/policies/onnx/onnx-policy.js';
import { distillPolicy } from '../../src/training/distill.js';
import { Mlp, sizesOf } from '../../src/training/mlp.js';
import {
  createRolloutWorker,
  joinWorkers,
  type RolloutWorker,
  type RolloutWorkerOptions,
  scalingRows,
  shareOut,
} from '../../src/training/rollout-worker.js';
import { SEEN_SIZE } from '../../src/training/scaling-environment.js';
import {
  presentLoadForecaster,
  startAsLaw,
  TRAIN_DEFAULTS,
  type TrainProgress,
  trainPolicy,
} from '../../src/training/train-policy.js';
import { formatState, parseState, type TrainingState } from '../../src/training/training-state.js';

const ENVS = 3;
const settings = { ...TRAIN_DEFAULTS, numSteps: 8, minibatch: 12, hidden: [8] };
const forecaster = presentLoadForecaster();
const options: RolloutWorkerOptions = {
  ...{
    seed: 4,
    first: 0,
    count: ENVS,
    numSteps: settings.numSteps,
    churn: 0.15,
    lean: 0.5,
    repeat: 2,
    isPrivileged: true,
  },
  forecaster: { sizes: sizesOf(forecaster), parameters: forecaster.parameters },
  hidden: settings.hidden,
};
const STEPS = 3 * settings.numSteps * ENVS;
const training = { seed: 4, steps: 2 * STEPS, numEnvs: ENVS, repeat: 2, forecaster, settings };

const openShared = (workers: number): RolloutWorker =>
  joinWorkers(
    shareOut(ENVS, workers).map((share) => createRolloutWorker({ ...options, ...share })),
    scalingRows(true),
  );

describe('training a policy', function () {
  this.timeout(60_000);
  const reports: TrainProgress[] = [];
  let state: TrainingState | undefined;
  let whole: Awaited<ReturnType<typeof trainPolicy>>;

  before(async function () {
    this.timeout(180_000);
    whole = await trainPolicy(training, createRolloutWorker(options), async (progress) => {
      reports.push(progress);
      if (reports.length === 1) state = await progress.state();
    });
  });

  it('gives the same bytes however many workers play', async () => {
    const shared = await trainPolicy(training, openShared(2));
    expect(shared.actor.parameters).to.deep.equal(whole.actor.parameters);
    expect(shared.low).to.deep.equal(whole.low);
    expect(shared.samples).to.deep.equal(whole.samples);
  });

  it('gives the same bytes after a kill and a restart from the file', async () => {
    const read = parseState('this one', formatState('this one', state as TrainingState));
    if (!read.ok) return expect.fail(read.error);
    const worker = createRolloutWorker({ ...options, positions: read.value.positions });
    const resumed = await trainPolicy({ ...training, from: read.value }, worker);
    expect(resumed.actor.parameters).to.deep.equal(whole.actor.parameters);
    expect(resumed.low).to.deep.equal(whole.low);
    expect(resumed.high).to.deep.equal(whole.high);
    expect(resumed.samples).to.deep.equal(whole.samples);
  });

  it('gives others for another seed', async () => {
    const other = await trainPolicy({ ...training, seed: 5 }, createRolloutWorker({ ...options, seed: 5 }));
    expect(other.actor.parameters).not.to.deep.equal(whole.actor.parameters);
  });

  it('begins at no distance from the law, and tells the parts of its rewards', () => {
    expect(reports.map(({ steps }) => steps)).to.deep.equal([1, 2, 3].map((part) => (part * 2 * STEPS) / 3));
    expect(reports[0]?.leashKl).to.be.below(reports[2]?.leashKl as number);
    for (const { meanReward, parts } of reports) {
      expect(parts.replicas + parts.misses + parts.churn).to.be.closeTo(meanReward, 1e-9);
      expect(parts.replicas).to.be.below(0);
    }
  });

  it('does what the law does, greedily, before it has learnt anything', () => {
    const rng = createRng(1);
    const actor = new Mlp([SEEN_SIZE, 64, 64, ACTIONS.length], 1);
    actor.initialize(rng, 0.01);
    startAsLaw(actor);
    for (let i = 0; i < 200; i++) {
      const seen = Float32Array.from({ length: SEEN_SIZE }, () => 6 * rng.next() - 2);
      const mask = Uint8Array.from(ACTIONS, (_, j) => (j === PLAN_INDEX || rng.next() < 0.5 ? 1 : 0));
      expect(argmax(actor.forward(seen, 1), mask)).to.equal(PLAN_INDEX);
    }
  });

  it('draws small steps away from the law before large ones', () => {
    const actor = new Mlp([SEEN_SIZE, 8, ACTIONS.length], 1);
    startAsLaw(actor);
    const logits = actor.forward(new Float32Array(SEEN_SIZE), 1);
    const ways = [...ACTIONS.entries()].filter(([index, { factor }]) => factor !== undefined && index !== PLAN_INDEX);
    for (const [i, { factor: one = 1 }] of ways)
      for (const [j, { factor: other = 1 }] of ways)
        if (Math.abs(Math.log2(one)) < Math.abs(Math.log2(other)))
          expect(logits[i], `${one} and ${other}`).to.be.above(logits[j] as number);
  });

  it('refuses the state of another training, and what is none', () => {
    const text = formatState('one', state as TrainingState);
    expect(parseState('another', text)).to.deep.include({ ok: false });
    expect(parseState('one', text.slice(0, 100))).to.deep.equal({
      ok: false,
      error: 'is no state of a training: not JSON',
    });
    const broken = parseState('one', text.replace('"updates":1', '"updates":"1"'));
    expect(broken.ok ? '' : broken.error).to.match(/updates/);
  });

  it('shares environments out evenly, each to one worker', () => {
    for (const [environments, workers] of [
      [64, 2],
      [5, 3],
      [2, 4],
    ] as const) {
      const shares = shareOut(environments, workers);
      expect(shares.reduce((sum, { count }) => sum + count, 0)).to.equal(environments);
      let next = 0;
      for (const { first, count } of shares) {
        expect(first).to.equal(next);
        expect(count).to.be.within(Math.floor(environments / workers), Math.ceil(environments / workers));
        next += count;
      }
    }
  });

  it('distils teachers into an actor that comes closer to their mean, to the same bytes', async () => {
    const teachers = [1, 2].map((seed) => {
      const actor = new Mlp([SEEN_SIZE, ...settings.hidden, ACTIONS.length], 512);
      actor.initialize(createRng(seed), 4);
      return actor;
    });
    const distil = async (steps: number) => {
      const divergences: number[] = [];
      const worker = createRolloutWorker({ ...options, repeat: 1, isPrivileged: false });
      const { numSteps, hidden } = settings;
      const { actor } = await distillPolicy(
        { seed: 1, steps, numEnvs: ENVS, numSteps, hidden, teachers, forecaster },
        worker,
        async ({ divergence }) => void divergences.push(divergence),
      );
      return { actor, divergences };
    };
    const { divergences } = await distil(10 * STEPS);
    expect(mean(divergences.slice(-5))).to.be.below(0.8 * mean(divergences.slice(0, 5)));
    const [one, other] = [await distil(STEPS), await distil(STEPS)];
    expect(one.actor.parameters).to.deep.equal(other.actor.parameters);
  }).timeout(180_000);
});
