import { expect } from 'chai';
import { saturationThroughput } from '../../src/decision/serving-profile.js';
import { createPolicy } from '../../src/policies/registry.js';
import { buildKind } from '../../src/scenarios/build-kind.js';
import { checkScenario } from '../../src/scenarios/read-scenario.js';
import { runScenario, workloadOf } from '../../src/scenarios/run-scenario.js';
import type { Scenario, ScenarioInput } from '../../src/scenarios/scenario.js';
import { kindOf } from '../kisim/support/kinds.js';

function scenarioOf(engine: ScenarioInput['engine'], rest: Partial<ScenarioInput> = {}): Scenario {
  const result = checkScenario({
    ...{ version: 1, name: 'x', profile: 't4-fastpitch', duration: '3m', slo: { metric: 'e2e', limit: '200ms' } },
    traffic: { pattern: 'constant', high: 100 },
    ...(engine ? { engine } : {}),
    ...rest,
  });
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

const FASTPITCH = kindOf('t4-fastpitch');

describe("a scenario's engine block", () => {
  it('changes what its profile says of batching, and what a replica can do', () => {
    const { profile } = buildKind(scenarioOf({ instances: 2, maxBatchSize: 4, maxQueueDelay: '3ms' }), FASTPITCH);
    expect(profile).to.deep.include({
      engine: 'triton',
      instances: 2,
      maxBatchSize: 4,
      maxNumSeqs: 8,
      maxQueueDelay: 0.003,
    });
    const { law } = profile as { law: { base: number; perRequest: number } };
    expect(saturationThroughput(profile, 1, 1)).to.be.closeTo(8 / (law.base + 4 * law.perRequest), 1e-9);
  });

  it('is not needed, and refused where it makes no sense', () => {
    expect(buildKind(scenarioOf(undefined), FASTPITCH)).to.equal(FASTPITCH);
    expect(() => buildKind(scenarioOf({ preferredBatchSizes: [16] }), FASTPITCH)).to.throw(
      'engine.preferredBatchSizes: must be at most maxBatchSize (8), found 16',
    );
    expect(() => buildKind(scenarioOf({ instances: 2 }), kindOf('demo-small'))).to.throw('found one of vllm');
  });

  it('is played: a queue delay is a floor under every latency, and a queue cap refuses', async () => {
    const policy = createPolicy('static-1');
    if (!policy) throw new Error('no such policy');
    const play = (engine: ScenarioInput['engine'], rest: Partial<ScenarioInput> = {}) =>
      runScenario({ scenario: scenarioOf(engine, rest), kind: FASTPITCH, policy, guards: false });
    const at20 = { traffic: { pattern: 'constant', high: 20 } } as const;
    const [prompt, patient] = [await play(undefined, at20), await play({ maxQueueDelay: '100ms' }, at20)];
    expect(patient.statistics.e2e.p50 - prompt.statistics.e2e.p50).to.be.above(0.04);
    const capped = await play(undefined, { traffic: { pattern: 'constant', high: 500 }, fleet: { queueCap: 16 } });
    expect(capped.statistics.rejected).to.be.above(0.2 * capped.statistics.injected);
    expect(capped.statistics.e2e.p99).to.be.below(0.2);
  });

  it('makes a workload of the engine that its profile is of', () => {
    expect(workloadOf(scenarioOf(undefined), FASTPITCH).engine).to.equal('triton');
  });
});
