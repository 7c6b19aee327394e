import { expect } from 'chai';
import { isInside } from '../fidelity/queueing/check.js';
import { erlangB, erlangC, machineRepair, mmck, waitOfErlangM1, waitOfMmc } from '../fidelity/queueing/formulas.js';
import { play } from '../fidelity/queueing/play.js';
import { SYSTEMS } from '../fidelity/queueing/systems.js';

/** The short form: test/fidelity plays all systems with ten times as many jobs, `make fidelity` with three hundred times. */
const JOBS = 1e5;
const SHORT = [
  'M/M/1, rho 0.5',
  'M/M/4, rho 0.8',
  'M/M/8/8 (Erlang B), rho 0.9',
  'machine repair, 20 machines, 3 repairers',
];

describe('queueing theory', () => {
  for (const name of SHORT) {
    it(`holds in KISim for ${name}`, () => {
      const system = SYSTEMS.find((one) => one.name === name);
      if (!system) throw new Error(`no system ${name}`);
      const { findings, jobs } = play(system, { jobs: JOBS, seed: 1 });
      expect(jobs).to.be.above(0.97 * JOBS);
      for (const finding of findings) expect(isInside(finding), finding.observable.metric).to.equal(true);
    });
  }

  it('has closed forms that agree where they meet', () => {
    expect(waitOfMmc(1, 0.8)).to.be.closeTo(0.8 / 0.2, 1e-12);
    expect(erlangC(1, 0.3)).to.be.closeTo(0.3, 1e-12);
    expect(mmck(3, 3, 2).loss).to.be.closeTo(erlangB(3, 2), 1e-12);
    expect(mmck(2, 400, 1.6).wait).to.be.closeTo(waitOfMmc(2, 1.6), 1e-9);
    expect(waitOfErlangM1(1, 0.7)).to.be.closeTo(waitOfMmc(1, 0.7), 1e-9);
    // With as many repairers as machines nobody waits: down for one service time, up a share of 1 / (1 + a).
    expect(machineRepair(5, 5, 0.25)).to.deep.equal({ down: 1, up: 0.8 });
  });
});
