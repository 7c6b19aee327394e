import { expect } from 'chai';
import { openCases } from '../../../src/cli/evaluate/open-cases.js';
import { type PolicyOptions, planPolicies } from '../../../src/cli/evaluate/plan-policies.js';
import { loadLearned } from '../../../src/cli/learned.js';
import { UsageError } from '../../../src/cli/simulate/usage-error.js';

const plan = (options: PolicyOptions) => planPolicies(options, loadLearned);
const refused = async (options: PolicyOptions): Promise<unknown> => plan(options).catch((error: unknown) => error);

describe('policies of an evaluation', () => {
  it('are those named, and nothing beside them unless asked for', async () => {
    expect(await plan({ policies: ['planner', 'kpa:stableWindow=90'] })).to.deep.equal([
      { name: 'planner' },
      { name: 'kpa:stableWindow=90' },
    ]);
  });

  it('refuse models without a policy that comes from a file, and files that are none', async () => {
    for (const options of [
      { policies: ['planner'], models: ['a.onnx'] },
      { policies: ['learned'], models: ['no-such.onnx'] },
    ]) {
      const error = await refused(options);
      expect(error).to.be.instanceOf(UsageError);
      expect((error as Error).message).to.match(/^--models/);
    }
  });

  it('are played without guards only where they are played, and have guards', async () => {
    const both = await plan({ policies: ['planner', 'kpa'], unguarded: ['planner'] });
    expect(both.map(({ name }) => name)).to.deep.equal(['planner', 'kpa', 'planner:guards=off']);
    for (const law of ['peak', 'static-3', 'nobody'])
      expect(await refused({ policies: ['planner', 'static-3'], unguarded: [law] }), law).to.be.instanceOf(UsageError);
  });
});

describe('traffic of an evaluation', () => {
  it('is of the profile that is asked for, on the matrix too', () => {
    const profile = 'a10g-llama-3.1-8b';
    const [family] = openCases({ traffic: ['ramp'], profile });
    const [window] = openCases({ split: 'train', windows: ['synthetic-ramp/short-01'], profile });
    expect([family?.scenario.profile, window?.scenario.profile]).to.deep.equal([profile, profile]);
  });

  it('says what is wrong with it', () => {
    expect(() => openCases({ traffic: ['ramp'], split: 'train' })).to.throw(UsageError, /exclude each other/);
    expect(() => openCases({ windows: ['x'] })).to.throw(UsageError, /needs --split/);
    expect(() => openCases({ traffic: ['nobody'] })).to.throw(UsageError, /traffic nobody: there are/);
    expect(() => openCases({ split: 'train', profile: 'nobody' })).to.throw(UsageError, /profile nobody: no latency/);
    expect(() => openCases({ split: 'train', windows: ['nobody'] })).to.throw(UsageError, /window nobody/);
  });
});
