import { expect } from 'chai';
import { describeRun, isP99Inside, runTriton } from '../fidelity/triton/check.js';
import { errorOf, FIGURES } from '../fidelity/triton/compare.js';
import type { TritonRun } from '../fidelity/triton/run.js';
import { findTriton } from '../fidelity/triton/venv.js';

/** A client that is later than this cannot tell a server's latency from its own. */
const TOO_LATE_MS = 10;

describe('the Triton replica and a real Triton server', function () {
  this.timeout(300_000);
  let runs: readonly TritonRun[] = [];

  before(async function () {
    if (!findTriton()) {
      process.stderr.write('skipped: no Triton server; set TRITON_VENV, or make triton installs one\n');
      return this.skip();
    }
    runs = (await runTriton(true, (text) => process.stderr.write(`    ${text}\n`))) ?? [];
    if (Math.max(...runs.map(({ latenessMs }) => latenessMs)) > TOO_LATE_MS) {
      process.stderr.write('skipped: the machine is too busy to send requests on time\n');
      this.skip();
    }
  });

  it('agree within 10 % on the same arrivals: mean, p50, p90, batch and queue time', () => {
    expect(runs).to.have.length.above(1);
    for (const run of runs)
      for (const figure of FIGURES) expect(Math.abs(errorOf(run, figure)), describeRun(run)).to.be.at.most(0.1);
  });

  it('agree on p99: inside its 95 % interval but for one run, which chance may put outside', () => {
    const outside = runs.filter((run) => !isP99Inside(run));
    expect(outside.length, outside.map(describeRun).join('\n')).to.be.at.most(1);
  });
});
