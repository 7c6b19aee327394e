import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { followShadows, readShadows } from '../../../src/cli/serve/shadows.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { createPlanner } from '../../../src/policies/planner.js';
import { fixedPolicy, type ScalerBed, startScaler } from '../../support/scaler.js';
import { buildWindow } from '../../support/windows.js';

const CHAT = '{ namespace: team-a, name: chat, metadata: { engine: vllm, slo: 2s, missPrice: 30, maxNumSeqs: "16" } }';

describe('shadow workloads', () => {
  let folder: string;
  let file: string;
  let bed: ScalerBed;
  const read = (text: string) => {
    writeFileSync(file, text);
    return readShadows(file, bed.references);
  };
  const problemsOf = (text: string): string => {
    const result = read(text);
    return result.ok ? 'fine' : result.error.join('\n');
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-shadows-'));
    file = join(folder, 'shadows.yaml');
    bed = await startScaler({ policies: [createPlanner(), fixedPolicy('qplan', 6)] });
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await bed.close();
  });

  it('are decided without anybody asking, and shown beside what runs', async () => {
    const shadows = read(`workloads: [${CHAT}]`);
    if (!shadows.ok) throw new Error(shadows.error.join());
    const metrics = new Metrics();
    const decided = new Promise<void>((resolve) => {
      followShadows(
        shadows.value,
        {
          decisionFor: (key, workload) => bed.service.decisionFor(key, workload),
          subscribe: (key, workload, listener) =>
            bed.service.subscribe(key, workload, (decision) => {
              metrics.onDecision(workload, decision, buildWindow());
              listener(decision);
              resolve();
            }),
        },
        metrics,
      );
    });
    await decided;
    expect(bed.service.workloads.map(({ namespace, name }) => `${namespace}/${name}`)).to.deep.equal(['team-a/chat']);
    const text = await metrics.registry.metrics();
    const running = Number(/kiscaler_current_replicas\{.*\} (\d+)/.exec(text)?.[1]);
    const labels = 'target_namespace="team-a",scaled_object="chat"';
    expect(text).to.include(`kiscaler_shadow_disagreement_replicas{${labels}} ${6 - running}`);
  });

  it('are the same workload that a trigger with the same keys is', () => {
    const shadows = read(`workloads: [${CHAT}]`);
    const scalerMetadata = { engine: 'vllm', slo: '2s', missPrice: '30', maxNumSeqs: '16', scalerAddress: 'here:9090' };
    const asked = bed.references.resolve({ namespace: 'team-a', name: 'chat', scalerMetadata });
    expect(shadows.ok && shadows.value[0]?.key).to.equal(asked.key);
  });

  it('are refused with every problem, by entry and key', () => {
    const bad = '{ namespace: team-a, name: x, metadata: { engine: tea-pot, slo: forever } }';
    const problems = problemsOf(`workloads: [${CHAT}, ${bad}]`);
    expect(problems).to.include('workloads.1').and.include('engine: one of').and.include('slo: duration from');
    expect(problems).not.to.include('workloads.0').and.not.to.include('tea-pot');
  });

  it('are refused by field where the file has another shape', () => {
    expect(problemsOf('workloads: []')).to.include('workloads');
    expect(problemsOf('workload: [1]')).to.include('workload');
    expect(problemsOf(`workloads: [{ namespace: team-a, name: chat }]`)).to.include('workloads.0.metadata');
    expect(problemsOf('workloads: [')).to.match(/^--shadow-file: /);
    expect(readShadows(join(folder, 'missing.yaml'), bed.references)).to.deep.equal({
      ok: false,
      error: ['--shadow-file: ENOENT'],
    });
  });
});
