import { expect } from 'chai';
import { createRng } from '../../src/base/rng.js';
import { guardsOf, openWindows } from '../../src/cli/stress/stress-options.js';
import { renderStress } from '../../src/cli/stress/tables.js';
import { GUARDS } from '../../src/decision/guards.js';
import { scoreStress } from '../../src/evaluation/stress/stress-scores.js';
import { VARIATIONS } from '../../src/evaluation/stress/variations.js';
import { buildRow } from '../evaluation/support/rows.js';

describe('kiscaler stress', () => {
  it('takes synthetic windows of train where there is no data', () => {
    const windows = openWindows({ sample: 5 });
    expect(windows).to.have.lengthOf(5);
    for (const { traffic } of windows) expect(traffic).to.match(/^synthetic-.*\/short-/);
  });

  it('leaves out all guards, each, or those named, and says which there are', () => {
    expect(guardsOf(true)).to.deep.equal(['all']);
    expect(guardsOf('each')).to.deep.equal(['all', ...GUARDS.map(({ name }) => name)]);
    expect(guardsOf('hysteresis,no-down')).to.deep.equal(['hysteresis', 'no-down']);
    expect(() => guardsOf('airbag')).to.throw(/--guards: there are each, all, reactive-floor, .* found airbag/);
  });

  it('prints one table a variation, policies by their objective, in boxes or as Markdown', () => {
    const rng = createRng(1);
    const rows = ['unvaried', 'tolerance'].flatMap((variation) =>
      ['kpa', 'planner'].flatMap((policy, i) =>
        ['a/short-01', 'b/short-01'].map((traffic) => ({
          variation,
          ...buildRow({ traffic, policy, cost: 3 - i + 0.1 * rng.next() }),
        })),
      ),
    );
    const variations = VARIATIONS.filter(({ name }) => name === 'tolerance');
    const shown = renderStress(scoreStress(rows, variations, 30), variations, 30, 'markdown');
    const lines = shown.split('\n');
    expect(lines.filter((line) => line.startsWith('**'))).to.deep.equal([
      '**unvaried: the windows as they are**',
      `**tolerance: ${variations[0]?.meaning}**`,
    ]);
    const policies = lines.filter((line) => /^\| (kpa|planner)/.test(line)).map((line) => line.split(' ')[1]);
    expect(policies).to.deep.equal(['planner', 'kpa', 'planner', 'kpa']);
    expect(renderStress(scoreStress(rows, variations, 30), variations, 30, 'text')).to.match(/│ planner │ 2\.\d\d │/);
  });
});
