import { expect } from 'chai';
import { loadReplicaKind } from '../../src/kisim/replica-kind.js';
import { createPlanner } from '../../src/policies/planner.js';
import type { TickRecord } from '../../src/scenarios/drive.js';
import { checkScenario } from '../../src/scenarios/read-scenario.js';
import { runScenario } from '../../src/scenarios/run-scenario.js';

describe('a retry storm', () => {
  it('takes no replica away: requests that are given up say nothing about how long requests are', async () => {
    const scenario = checkScenario({
      version: 1,
      name: 'storm',
      profile: 'demo-small',
      replicas: { min: 3, max: 5, initial: 5 },
      traffic: { pattern: 'constant', high: 11, surges: [{ at: 120, duration: 180, times: 4 }] },
      duration: '15m',
      clientTimeout: '40s',
      fleet: { retries: { attempts: 20, backoff: '500ms', factor: 1.5, maxBackoff: '5s', budget: 'unlimited' } },
    });
    const kind = loadReplicaKind('demo-small');
    if (!scenario.ok || !kind.ok) throw new Error('a scenario or profile that is not sound');
    const ticks: TickRecord[] = [];
    await runScenario({
      scenario: scenario.value,
      kind: kind.value,
      policy: createPlanner(),
      onTick: (tick) => ticks.push(tick),
    });
    const drowned = ticks.filter(({ window }) => (window.series.queueDepth.at(-1) ?? 0) > 1000);
    expect(drowned.length).to.be.above(20);
    for (const { replicas } of drowned) expect(replicas.spec).to.equal(5);
  });
});
