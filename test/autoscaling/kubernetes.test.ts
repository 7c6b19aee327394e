import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { unpackCounts } from './kubernetes/answers.js';
import { HISTORIES, playRecorded, SYNCS } from './kubernetes/states.js';

// Recorded with Kubernetes v1.35.4 by test/autoscaling/kubernetes/record.sh.
const ANSWERS = new URL('./kubernetes/answers.txt', import.meta.url);

describe("HPA arithmetic against Kubernetes' own", () => {
  it(`answers ${HISTORIES * SYNCS} states as the controller's own code did`, function () {
    this.timeout(60_000);
    const recorded = readFileSync(ANSWERS, 'utf8').trimEnd().split('\n');
    expect(recorded).to.have.length(HISTORIES);
    for (const [seed, line] of recorded.entries()) {
      const theirs = unpackCounts(line);
      let sync = 0;
      playRecorded(seed, (world, desired) => {
        const expected = theirs[sync++];
        if (desired !== expected)
          expect.fail(`history ${seed}, sync ${sync}: ${desired}, recorded ${expected}\n${JSON.stringify(world)}`);
      });
    }
  });
});
