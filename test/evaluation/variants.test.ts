import { expect } from 'chai';
import { withModels, withUnguarded } from '../../src/evaluation/variants.js';

const model = (path: string) => ({ path, sha256: path.repeat(8) });

describe('variants of policies', () => {
  it('of other model files stand beside those that come from a file, settings and prices kept', () => {
    const planned = [{ name: 'learned' }, { name: 'learned:hourFloor=1', at: 30 }, { name: 'kpa' }];
    expect(withModels(planned, [model('a'), model('b')]).slice(3)).to.deep.equal([
      { name: 'learned', model: model('a'), label: { policy: 'learned@1', setting: 'default' } },
      {
        name: 'learned:hourFloor=1',
        at: 30,
        model: model('a'),
        label: { policy: 'learned@1', setting: 'hourFloor=1' },
      },
      { name: 'learned', model: model('b'), label: { policy: 'learned@2', setting: 'default' } },
      {
        name: 'learned:hourFloor=1',
        at: 30,
        model: model('b'),
        label: { policy: 'learned@2', setting: 'hourFloor=1' },
      },
    ]);
    expect(withModels(planned, [])).to.deep.equal(planned);
  });

  it('without guards stand beside those with them, whatever the setting said', () => {
    const planned = [{ name: 'planner' }, { name: 'planner:hourFloor=1,guards=on', at: 10 }, { name: 'kpa' }];
    expect(withUnguarded(planned, ['planner']).slice(3)).to.deep.equal([
      { name: 'planner:guards=off', label: { policy: 'planner-unguarded', setting: 'default' } },
      {
        name: 'planner:hourFloor=1,guards=off',
        at: 10,
        label: { policy: 'planner-unguarded', setting: 'hourFloor=1' },
      },
    ]);
  });

  it('of another model without guards are both', () => {
    const both = withUnguarded(withModels([{ name: 'learned' }], [model('a')]), ['learned']);
    expect(both.map(({ name, label }) => [name, label?.policy])).to.deep.equal([
      ['learned', undefined],
      ['learned', 'learned@1'],
      ['learned:guards=off', 'learned-unguarded'],
      ['learned:guards=off', 'learned@1-unguarded'],
    ]);
    expect(both.at(-1)?.model).to.deep.equal(model('a'));
  });
});
