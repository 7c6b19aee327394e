import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { UsageError } from '../../../src/cli/simulate/usage-error.js';
import { distill } from '../../../src/cli/train/distill.js';
import { NO_FORECASTER } from '../../../src/cli/train/forecaster.js';
import { readCard, readModelFile } from '../../../src/cli/train/model-files.js';
import { writeScoreboard } from '../../../src/cli/train/scoreboard.js';
import { openStateFile } from '../../../src/cli/train/state-file.js';
import { type TrainRequest, train } from '../../../src/cli/train/train.js';
import { ROW_KEYS } from '../../../src/evaluation/row.js';
import { TRAIN_DEFAULTS } from '../../../src/training/train-policy.js';

const folder = mkdtempSync(join(tmpdir(), 'kiscaler-train-'));
const at = (name: string): string => join(folder, name);

const request = (seed: number, changes: Partial<TrainRequest> = {}): TrainRequest => ({
  out: at(`${seed}.onnx`),
  ...{
    steps: 64,
    seed,
    envs: 1,
    churn: 0.15,
    lean: 0.5,
    repeat: 1,
    episodes: 1,
    workers: 1,
    command: `kiscaler train --seed ${seed}`,
  },
  forecaster: NO_FORECASTER,
  settings: TRAIN_DEFAULTS,
  ...changes,
});

/** Runs a command without its progress and result in the report of the tests. */
async function quietly(run: () => unknown): Promise<void> {
  const { stdout, stderr } = process;
  const kept = [stdout.write, stderr.write] as const;
  stdout.write = () => true;
  stderr.write = () => true;
  try {
    await run();
  } finally {
    [stdout.write, stderr.write] = kept;
  }
}

async function problemOf(run: () => unknown): Promise<string> {
  try {
    await quietly(run);
  } catch (error) {
    expect(error).to.be.instanceOf(UsageError);
    return (error as UsageError).message;
  }
  return expect.fail('nothing was refused');
}

describe('kiscaler train', function () {
  this.timeout(60_000);

  before(async () => {
    await quietly(() => train(request(1, { resume: at('one.state') })));
    await quietly(() => train(request(2)));
  });

  it('writes a model that fits its card, which says where it comes from', () => {
    const { training, ranges } = readCard(at('1.onnx'));
    expect(training).to.deep.include({ command: 'kiscaler train --seed 1', seed: 1, steps: 64 });
    expect(training.sources).to.include('profile demo-small');
    expect(ranges.low.every((low, i) => low <= (ranges.high[i] as number))).to.equal(true);
  });

  it('keeps the training, and begins no other one from there', async () => {
    expect(existsSync(at('one.state'))).to.equal(true);
    const before = readFileSync(at('1.onnx'));
    await quietly(() => train(request(1, { resume: at('one.state'), out: at('again.onnx') })));
    expect(readFileSync(at('again.onnx')).equals(before)).to.equal(true);
    expect(await problemOf(() => train(request(2, { resume: at('one.state') })))).to.match(/state of another training/);
  });

  it('keeps at most one state a minute, and the last', async () => {
    let now = 0;
    const file = openStateFile(at('clocked.state'), 'x', () => now);
    const asked: number[] = [];
    const keep = (isLast: boolean): Promise<void> =>
      file.keep(async () => {
        asked.push(now);
        return expect.fail('no state to keep') as never;
      }, isLast);
    for (now of [1, 59]) await keep(false);
    for (now of [61, 62]) await keep(now === 62).catch(() => {});
    expect(asked).to.deep.equal([61, 62]);
  });

  it('distils policies on one forecaster, and tells of what', async () => {
    const { seed, steps, envs, churn, command } = request(3, { steps: 128 });
    const files = [at('1.onnx'), at('2.onnx')];
    await quietly(() => distill({ files, out: at('mean.onnx'), seed, steps, envs, churn, command, workers: 1 }));
    const { training } = readCard(at('mean.onnx'));
    expect(training.distilledFrom?.map((one) => one.sha256)).to.deep.equal(files.map((file) => readCard(file).sha256));
    expect(training.forecaster).to.equal(readCard(at('1.onnx')).training.forecaster);
  });

  it('refuses policies on different forecasters, and files that are no models', async () => {
    const shipped = 'models/policy.onnx';
    const { seed, steps, envs, churn, command } = request(3);
    const ask = (files: readonly string[]) => () =>
      distill({ files, out: at('no.onnx'), seed, steps, envs, churn, command, workers: 1 });
    expect(await problemOf(ask([at('1.onnx'), shipped]))).to.match(/must have the forecaster of/);
    writeFileSync(at('none.onnx'), 'nothing');
    writeFileSync(at('none.card.json'), readFileSync(at('1.card.json')));
    expect(await problemOf(() => readModelFile(at('none.onnx'), 1))).to.match(/sha256/);
  });

  it('puts the scoreboard of an evaluation on the card, and nothing else', async () => {
    const before = readCard(at('1.onnx'));
    const row = (policy: string, cost: number) =>
      JSON.stringify({
        ...Object.fromEntries(ROW_KEYS.map((key) => [key, 0])),
        ...{ traffic: 'a', setting: 'default', price: 30, seed: 1, policy, cost, missRate: 0.01 },
        ...{ replicaHours: cost, requests: 100, hours: 1 },
      });
    writeFileSync(at('rows.json'), `${row('learned', 2)}\n${row('qplan', 3)}\n`);
    await quietly(() => writeScoreboard(at('1.onnx'), at('rows.json')));
    const after = readCard(at('1.onnx'));
    const { scoreboard } = after;
    expect({ ...after, scoreboard: [] }).to.deep.equal(before);
    expect(scoreboard.map(({ policy, cost }) => [policy, cost])).to.deep.equal([
      ['learned', 2],
      ['qplan', 3],
    ]);
    expect(scoreboard[0]).to.deep.include({ 'against qplan': '1 / 0 / 0', price: 30, runs: 1 });
    writeFileSync(at('rows.json'), '{"policy":"a"}\n');
    expect(await problemOf(() => writeScoreboard(at('1.onnx'), at('rows.json')))).to.match(/line 1: .*cost/);
  });
});
