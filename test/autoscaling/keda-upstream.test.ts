import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { BLOCK, REQUESTS, requestOf } from './keda/requests.js';

// Recorded with KEDA v2.21.0 by test/autoscaling/keda/record.sh.
const ANSWERS = new URL('./keda/answers.txt', import.meta.url);

describe("KEDA's arithmetic against its own", () => {
  it(`answers ${REQUESTS} requests to executor and fallback as KEDA's own code did`, () => {
    const recorded = readFileSync(ANSWERS, 'utf8').trimEnd().split('\n');
    expect(recorded).to.have.length(REQUESTS / BLOCK);
    for (const [block, line] of recorded.entries()) {
      for (const [k, theirs] of line.split(' ').entries()) {
        const { line: request, answer } = requestOf(block * BLOCK + k);
        if (answer !== theirs) expect.fail(`request ${block * BLOCK + k}: ${answer}, recorded ${theirs}\n${request}`);
      }
    }
  });
});
