import { expect } from 'chai';
import { scoreboardSections } from '../../../src/cli/evaluate/scoreboard-sections.js';
import { buildRow } from '../../evaluation/support/rows.js';

const rows = ['short', 'long'].flatMap((length) =>
  [0.05, 0.02, 0.005].map((missRate, i) =>
    buildRow({ traffic: `a/${length}-01`, setting: `x=${i}`, missRate, cost: 2 + i, replicaHours: 2 + i }),
  ),
);
const options = { reference: ['planner'], episodes: 1 };

describe('sections of a scoreboard', () => {
  it('keep short and long windows apart', () => {
    const sections = scoreboardSections(rows, [], options);
    expect(sections.map(({ windows }) => windows)).to.deep.equal(['short', 'long']);
    for (const { scores, results } of sections) {
      expect(scores).to.have.length(3);
      expect(results).to.deep.equal([]);
    }
  });

  it('take off at equal misses what a fleet at its maximum misses, and nowhere else', () => {
    const atMaximum = [buildRow({ traffic: 'a/short-01', policy: 'hpa', missRate: 0.005 })];
    const [short] = scoreboardSections(rows, atMaximum, options);
    const at = (level: number): number | undefined =>
      short?.results.find((one) => one.level === level)?.costByTrace.get('a');
    // Misses of 4.5, 1.5 and 0 %: 3 % lies half way between the first two, 1 % a third of the way from the second to the third.
    expect(at(0.03)).to.be.closeTo(2.5, 1e-9);
    expect(at(0.01)).to.be.closeTo(3 + 1 / 3, 1e-9);
    expect(short?.scores.map(({ missRate }) => missRate.estimate)).to.have.members([0.05, 0.02, 0.005]);
  });
});
