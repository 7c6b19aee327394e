import { expect } from 'chai';
import { DEFAULT_GRID, emptyWindow } from '../../src/decision/window.js';
import { createHpaConcurrency } from '../../src/policies/hpa-concurrency.js';
import { createKedaQueue } from '../../src/policies/keda-queue.js';
import { createKpa } from '../../src/policies/kpa.js';
import { createLlmdQueue } from '../../src/policies/llm-d-queue.js';
import { createPlanner } from '../../src/policies/planner.js';
import type { Policy } from '../../src/policies/policy.js';
import { createPolicy, createServedPolicies } from '../../src/policies/registry.js';
import { createStatic } from '../../src/policies/static.js';
import { buildWindow, buildWorkload, type SeriesValue } from '../support/windows.js';

async function propose(policy: Policy, series: Record<string, SeriesValue> = {}): Promise<number> {
  const [proposal] = await policy.propose([{ workload: buildWorkload(), window: buildWindow(series) }]);
  if (!proposal?.ok) throw new Error('no proposal');
  return proposal.replicas;
}

describe('policies', () => {
  it('static: is always the same', async () => {
    expect(await propose(createStatic(7), { queueDepth: 500 })).to.equal(7);
  });

  it('hpa: total in the engine over target slots, rounded up', async () => {
    // 16 slots at 70 %: 11.2 per replica; 12 running + 30 waiting = 42 -> 3.75 -> 4.
    expect(await propose(createHpaConcurrency(0.7), { queueDepth: 30 })).to.equal(4);
  });

  it('keda-queue: waiting over threshold, and an absent queue is 0 as in KEDA', async () => {
    expect(await propose(createKedaQueue(5), { queueDepth: 41 })).to.equal(9);
    expect(await propose(createKedaQueue(5), { queueDepth: Number.NaN })).to.equal(0);
  });

  it('llm-d-queue: the larger of waiting per one and running per sixteen', async () => {
    expect(await propose(createLlmdQueue(), { queueDepth: 3, runningRequests: 33 })).to.equal(3);
    expect(await propose(createLlmdQueue(), { queueDepth: 0, runningRequests: 33 })).to.equal(3);
    expect(await propose(createLlmdQueue(), { queueDepth: 7 })).to.equal(7);
  });

  it('kpa: averages over its stable window, and panics on a jump without going down', async () => {
    // 11.2 slots aimed at per replica; 40 running on every tick need 4, a jump to 120 needs 11.
    expect(await propose(createKpa(), { runningRequests: 40 })).to.equal(4);
    expect(await propose(createKpa(), { runningRequests: [40, 40, 40, 120] })).to.equal(11);
    expect(await propose(createKpa(), { runningRequests: 0 })).to.equal(2);
  });

  it('planner: grows with load and answers without any model file', async () => {
    expect(await propose(createPlanner(), { arrivalRate: 30 })).to.be.above(
      await propose(createPlanner(), { arrivalRate: 5 }),
    );
  });

  it('answer a batch in the order asked, one proposal each', async () => {
    const windows = [4, 16, 2].map((completionRate) =>
      buildWindow({ completionRate, runningRequests: 12 * completionRate }),
    );
    const proposals = await createPlanner().propose(windows.map((window) => ({ workload: buildWorkload(), window })));
    expect(proposals.map((proposal) => proposal.ok && proposal.policy)).to.deep.equal([
      'planner',
      'planner',
      'planner',
    ]);
  });

  it('never turn a window without samples into infinity', async () => {
    for (const policy of createServedPolicies().values()) {
      const [proposal] = await policy.propose([{ workload: buildWorkload(), window: emptyWindow(0, DEFAULT_GRID) }]);
      if (proposal?.ok) expect(Number.isFinite(proposal.replicas), policy.name).to.equal(true);
    }
  });

  it('are found by name', () => {
    expect(createPolicy('static-12')?.name).to.equal('static-12');
    expect(createPolicy('static-0')).to.equal(undefined);
    expect(createPolicy('no such law')).to.equal(undefined);
    expect(createPolicy('learned')).to.equal(undefined);
  });
});
