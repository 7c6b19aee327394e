import { expect } from 'chai';
import { isInside, SHORT_JOBS } from './queueing/check.js';
import { playLittle } from './queueing/little.js';
import { play } from './queueing/play.js';
import { SYSTEMS } from './queueing/systems.js';

const SEED = 1;

describe(`queueing theory through KISim, ${SHORT_JOBS} jobs`, () => {
  for (const system of SYSTEMS) {
    it(`${system.name}: theory lies inside the 99 % interval, and a server 2 % too slow would not`, () => {
      const { findings } = play(system, { jobs: SHORT_JOBS, seed: SEED });
      for (const finding of findings) {
        const { observable, expected, interval, power } = finding;
        const text = `${observable.metric}: ${interval.mean} +- ${interval.halfWidth}, theory ${expected}`;
        expect(isInside(finding), text).to.equal(true);
        expect(power, `power of ${observable.metric}`).to.be.above(0.99);
      }
    });
  }

  it('M/M/1, rho 0.5: the p99 of the time in system is ln 100 / (mu - lambda) within 2 %', () => {
    const system = SYSTEMS[0] as (typeof SYSTEMS)[number];
    const { p99 } = play(system, { jobs: SHORT_JOBS, seed: SEED });
    expect(p99 / (system.p99 as number) - 1).to.be.within(-0.02, 0.02);
  });

  it("Little's law holds between the windows of a policy and the books of the ledger", () => {
    const { difference } = playLittle({ jobs: SHORT_JOBS, seed: SEED });
    expect(Math.abs(difference.mean)).to.be.below(difference.halfWidth);
    expect(difference.halfWidth).to.be.below(0.02);
  });

  it('a server that is 2 % too slow is caught by every figure', () => {
    for (const system of SYSTEMS.filter((_, i) => i % 3 === 1)) {
      const { findings } = play(system, { jobs: SHORT_JOBS / 2, seed: SEED, serviceFactor: 1.02 });
      for (const finding of findings)
        expect(isInside(finding), `${system.name}, ${finding.observable.metric}`).to.equal(false);
    }
  });
});
