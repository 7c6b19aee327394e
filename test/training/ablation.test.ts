import { expect } from 'chai';
import { createRng } from '../../src/base/rng.js';
import { ACTIONS } from '../../src/decision/action.js';
import { FEATURES } from '../../src/decision/features.js';
import { blind, hiddenColumns } from '../../src/training/ablation.js';
import { drawEpisode } from '../../src/training/episode.js';
import { sizesOf } from '../../src/training/mlp.js';
import { createRolloutWorker } from '../../src/training/rollout-worker.js';
import { SEEN_SIZE } from '../../src/training/scaling-environment.js';
import { presentLoadForecaster, TRAIN_DEFAULTS, trainPolicy } from '../../src/training/train-policy.js';
import { openWorld } from '../../src/training/worlds/world.js';

const MEMORY = FEATURES.findIndex(({ name }) => name === 'memory-use');

describe('a training without faults', () => {
  it('has the episodes of one with them, but that nothing goes wrong', () => {
    const draw = (index: number, without: readonly 'faults'[]) =>
      drawEpisode(openWorld(undefined, without), createRng(index)).scenario;
    let struck = 0;
    for (let index = 0; index < 12; index++) {
      const { faults, fleet, ...rest } = draw(index, []);
      const calm = draw(index, ['faults']);
      expect(calm).to.deep.include(rest);
      expect(calm.faults).to.deep.equal([]);
      expect(calm.fleet.nodes).to.equal(undefined);
      if (faults.length > 0) struck++;
    }
    expect(struck).to.be.above(0);
  });
});

describe('a training without headroom', () => {
  const settings = { ...TRAIN_DEFAULTS, numSteps: 8, minibatch: 8, hidden: [8] };
  const forecaster = presentLoadForecaster();
  const shared = { seed: 4, forecaster, settings, without: ['headroom'] as const };
  const worker = createRolloutWorker({
    ...{ seed: 4, first: 0, count: 1, numSteps: 8, churn: 0.15, lean: 0.5, repeat: 1, isPrivileged: true },
    forecaster: { sizes: sizesOf(forecaster), parameters: forecaster.parameters },
    hidden: settings.hidden,
    without: ['headroom'],
  });

  it('shows the actor nothing of memory, and keeps the range that a served one will meet', async () => {
    expect(hiddenColumns(['headroom'])).to.deep.equal([MEMORY]);
    const { low, high } = await trainPolicy({ ...shared, steps: 8, numEnvs: 1, repeat: 1 }, worker);
    expect(low[MEMORY]).not.to.equal(0);
    expect(high[MEMORY]).to.be.at.least(low[MEMORY] as number);
  });

  it('gives an actor that answers alike whatever memory is said to be used', async () => {
    const { actor } = await trainPolicy({ ...shared, steps: 16, numEnvs: 1, repeat: 1 }, worker);
    const rng = createRng(1);
    const rows = Float32Array.from({ length: SEEN_SIZE }, () => rng.next());
    const other = Float32Array.from(rows, (value, column) => (column === MEMORY ? value + 1 : value));
    const answer = (row: Float32Array) => [...actor.forward(row, 1)].slice(0, ACTIONS.length);
    expect(answer(other)).to.deep.equal(answer(rows));
    const third = Float32Array.from(rows, (value, column) => (column === MEMORY + 1 ? value + 1 : value));
    expect(answer(third)).not.to.deep.equal(answer(rows));
  });

  it('blinds to what it is told and to nothing else', () => {
    expect(hiddenColumns([])).to.deep.equal([]);
    expect(hiddenColumns(['faults'])).to.deep.equal([]);
    const before = forecaster.layers[0]?.weights.slice();
    blind(forecaster, []);
    expect(forecaster.layers[0]?.weights).to.deep.equal(before);
  });
});
