import { expect } from 'chai';
import fc from 'fast-check';
import { createStepEngine } from '../../../src/kisim/replica/engine.js';
import { compareEngines, isWithin, worstError } from '../../fidelity/engines/compare.js';
import { engineScenarios } from '../../fidelity/engines/scenario.js';

/** The short form; `make fidelity` takes thousands of scenarios. A failure prints its seed and the simplest scenario that fails. */
const NUM_RUNS = 20;

describe('fast-forward and the step engine on random scenarios', () => {
  it('agree within 1 % in every latency and 5 % in preemptions', () => {
    fc.assert(
      fc.property(engineScenarios, (scenario) => {
        const comparison = compareEngines(scenario);
        expect(isWithin(comparison), JSON.stringify(comparison)).to.equal(true);
      }),
      { numRuns: NUM_RUNS, seed: 20 },
    );
  });

  it('would be told apart if steps of one of them took 2 % longer', () => {
    const [scenario] = fc.sample(engineScenarios, { numRuns: 1, seed: 3 });
    if (!scenario) throw new Error('no scenario');
    const slow: typeof createStepEngine = (options, listener) =>
      createStepEngine({ ...options, speedFactor: 1.02 * (options.speedFactor ?? 1) }, listener);
    const comparison = compareEngines({ ...scenario, slowdown: 1 }, createStepEngine, slow);
    expect(isWithin(comparison)).to.equal(false);
    expect(worstError(comparison)).to.be.above(0.015);
  });
});
