import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { normal, uniformInteger } from '../../../src/base/distributions.js';
import { createRng } from '../../../src/base/rng.js';
import { loadLearned } from '../../../src/cli/learned.js';
import { ACTIONS } from '../../../src/decision/action.js';
import type { Proposal } from '../../../src/decision/decision.js';
import { FORECAST_SIZE } from '../../../src/decision/forecast.js';
import { OBSERVATION_SCHEMA, OBSERVATION_SIZE } from '../../../src/decision/observation.js';
import { argmax, loadOnnxPolicy, type OnnxPolicy } from '../../../src/policies/onnx/onnx-policy.js';
import { readModelMetadata } from '../../../src/policies/onnx/read-metadata.js';
import { createQplan } from '../../../src/policies/qplan.js';
import { type ExportedPolicy, exportPolicy } from '../../../src/training/export-policy.js';
import { Mlp } from '../../../src/training/mlp.js';
import { buildWindow, buildWorkload } from '../../support/windows.js';

const rng = createRng(1);
const forecaster = new Mlp([OBSERVATION_SIZE, 16, 16, FORECAST_SIZE], 8);
forecaster.initialize(rng.stream('forecaster'), 0.1);
const actor = new Mlp([OBSERVATION_SIZE + FORECAST_SIZE, 16, 16, ACTIONS.length], 8);
actor.initialize(rng, 1);

const exported: ExportedPolicy = exportPolicy(
  {
    forecaster,
    actor,
    steps: 0,
    low: new Float64Array(OBSERVATION_SIZE).fill(-3),
    high: new Float64Array(OBSERVATION_SIZE).fill(4),
    samples: Float32Array.from({ length: 4 * OBSERVATION_SIZE }, () => normal(rng)),
  },
  { command: 'test', seed: 1, steps: 0, commit: 'none', sources: [] },
);

describe('ONNX policy', () => {
  let folder: string;
  let now = 0;
  const path = (): string => join(folder, 'policy.onnx');
  const write = (model: Uint8Array | string = exported.model, card: object | string = exported.card): void => {
    writeFileSync(path(), model);
    writeFileSync(join(folder, 'policy.card.json'), typeof card === 'string' ? card : JSON.stringify(card));
  };
  const load = () => loadOnnxPolicy(path(), () => now);
  const loaded = async (): Promise<OnnxPolicy> => {
    const result = await load();
    if (!result.ok) throw new Error(result.error);
    return result.value;
  };
  const failure = async (): Promise<string> => {
    const result = await load();
    return result.ok ? 'loaded' : result.error;
  };
  const input = (series: Parameters<typeof buildWindow>[0] = {}) => ({
    workload: buildWorkload(),
    window: buildWindow(series),
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-'));
    write();
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('serves what the writer wrote: the runtime gives the forward pass of training to 1e-5', async () => {
    const policy = await loaded();
    expect(policy.card.golden).to.have.length(16);
  });

  it('answers a batch in one go, in order, within bounds', async () => {
    const policy = await loaded();
    const batch = [input(), input({ queueDepth: 90 }), input({ specReplicas: 1 })];
    const together = await policy.propose(batch);
    const apart = await Promise.all(batch.map(async (one) => (await policy.propose([one]))[0]));
    expect(together).to.deep.equal(apart);
    for (const proposal of together)
      expect(proposal.ok && proposal.replicas).to.satisfy((n: number) => n >= 1 && n <= 20);
  });

  it('O1: a missing, empty, cut or foreign file is a message, not a crash', async () => {
    rmSync(path());
    expect(await failure()).to.match(/ENOENT/);
    for (const bytes of ['', 'not a model', exported.model.subarray(0, 500)]) {
      write(bytes);
      expect(await failure()).to.match(/sha256/);
    }
    write(exported.model, '{');
    expect(await failure()).to.match(/not JSON/);
  });

  it('O2: one flipped bit is noticed', async () => {
    const flipped = Uint8Array.from(exported.model);
    flipped[1000] = (flipped[1000] ?? 0) ^ 1;
    write(flipped);
    expect(await failure()).to.match(/sha256/);
  });

  it('O4, O12: a model of another observation is refused by name', async () => {
    write(exported.model, { ...exported.card, observationSchema: '0-0123456789abcdef' });
    expect(await failure())
      .to.include('0-0123456789abcdef')
      .and.include(OBSERVATION_SCHEMA);
  });

  it('O5: a model that does not give its golden outputs is refused', async () => {
    const [first, ...rest] = exported.card.golden;
    const golden = [
      {
        observation: first?.observation ?? [],
        quantiles: first?.quantiles ?? [],
        logits: first?.logits.map((value) => value + 1e-3) ?? [],
      },
      ...rest,
    ];
    write(exported.model, { ...exported.card, golden });
    expect(await failure()).to.match(/golden/);
  });

  it('O5: NaN weights answer no number, and after three of them the model is out for good', async () => {
    const poisoned = new Mlp([OBSERVATION_SIZE + FORECAST_SIZE, 16, 16, ACTIONS.length], 8);
    poisoned.parameters.set(actor.parameters);
    const policy = await loaded();
    const nan = exportNaN(poisoned);
    write(nan.model, nan.card);
    expect(await failure()).to.match(/golden|card/);
    expect((await policy.propose([input()]))[0]?.ok).to.equal(true);
  });

  it('O6: an observation far from all that training saw is left to the planner', async () => {
    const narrow = {
      ...exported.card,
      ranges: { low: Array(OBSERVATION_SIZE).fill(0), high: Array(OBSERVATION_SIZE).fill(0) },
    };
    write(exported.model, narrow);
    const policy = await loaded();
    for (const one of [policy, createQplan(policy)])
      expect((await one.propose([input()]))[0]).to.deep.equal({
        policy: one.name,
        ok: false,
        because: 'KIS_MODEL_OUT_OF_RANGE',
      });
  });

  it('O7: a run that takes too long is not waited for twice', async () => {
    const policy = await loadOnnxPolicy(path(), () => {
      now += 0.03;
      return now;
    });
    if (!policy.ok) throw new Error(policy.error);
    for (const one of [policy.value, createQplan(policy.value)])
      expect((await one.propose([input()]))[0]).to.deep.include({ ok: false, because: 'KIS_MODEL_SLOW' });
  });

  it('can be broken on purpose, and mended', async () => {
    const policy = await loaded();
    policy.isBroken = true;
    expect((await policy.propose([input()]))[0]).to.deep.include({ ok: false, because: 'KIS_MODEL_INVALID' });
    policy.isBroken = false;
    expect((await policy.propose([input()]))[0]?.ok).to.equal(true);
  });

  it('tells its metadata from its bytes, and nothing from other bytes', () => {
    expect(readModelMetadata(exported.model)?.['observation_schema']).to.equal(OBSERVATION_SCHEMA);
    expect(readModelMetadata(new TextEncoder().encode('not a model'))).to.satisfy(
      (metadata: object | undefined) => metadata === undefined || Object.keys(metadata).length === 0,
    );
  });

  it('picks the first of equal scores, hold when nothing is a number, and never a masked action', () => {
    const all = Uint8Array.of(1, 1, 1);
    expect(argmax(Float32Array.of(1, 3, 3), all)).to.equal(1);
    expect(argmax(new Float32Array(3).fill(Number.NaN), all)).to.equal(0);
    expect(argmax(Float32Array.of(1, 9, 2), Uint8Array.of(1, 0, 1))).to.equal(2);
  });
});

describe('the model that ships', () => {
  const model = new URL('../../../models/policy.onnx', import.meta.url);

  it('loads, passes its own tests and is small', async () => {
    const result = await loadOnnxPolicy(model.pathname, () => 0);
    expect(result.ok ? '' : result.error).to.equal('');
    expect(readFileSync(model).length).to.be.below(1024 * 1024);
  });

  it('says the same in a simulation, by the kernels of training, as served by onnxruntime', async () => {
    const served = await loadOnnxPolicy(model.pathname, () => 0);
    const simulated = await loadLearned(model.pathname);
    if (!served.ok || !simulated) throw new Error('no model');
    const random = createRng(4);
    for (let i = 0; i < 200; i++) {
      const specReplicas = uniformInteger(random, 1, 20);
      const series = { specReplicas, readyReplicas: specReplicas, queueDepth: uniformInteger(random, 0, 40) };
      const input = { workload: buildWorkload({ missPrice: 30 }), window: buildWindow(series) };
      const [a] = await served.value.forecast([input]);
      const again = { ...input, window: buildWindow(series) };
      const [b] = await simulated.forecast([again]);
      if (!a?.ok || !b?.ok) throw new Error('no forecast');
      for (const horizon of ['short', 'long'] as const)
        for (const [k, load] of a.value[horizon].entries())
          expect(b.value[horizon][k]).to.be.closeTo(load, 1e-4 * Math.max(1, load));
      expect(await simulated.propose([again])).to.have.nested.property(
        '[0].replicas',
        replicasOf(await served.value.propose([input])),
      );
    }
  });
});

function replicasOf([proposal]: readonly Proposal[]): number {
  return proposal?.ok ? proposal.replicas : Number.NaN;
}

function exportNaN(network: Mlp): { model: Uint8Array; card: object } {
  network.parameters[0] = Number.NaN;
  const trained = {
    forecaster,
    actor: network,
    steps: 0,
    low: new Float64Array(OBSERVATION_SIZE).fill(-3),
    high: new Float64Array(OBSERVATION_SIZE).fill(4),
    samples: new Float32Array(4 * OBSERVATION_SIZE).fill(0.5),
  };
  const poisoned = exportPolicy(trained, { command: 'test', seed: 1, steps: 0, commit: 'none', sources: [] });
  return { model: poisoned.model, card: poisoned.card };
}
