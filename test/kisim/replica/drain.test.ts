import { expect } from 'chai';
import { createFastForwardEngine, createStepEngine } from '../../../src/kisim/replica/engine.js';
import { LINEAR_LAW } from '../../support/laws.js';

describe('engines that are drained', () => {
  for (const [name, create] of [
    ['step', createStepEngine],
    ['fast-forward', createFastForwardEngine],
  ] as const) {
    it(`${name}: tell which requests wait and have not begun, in order of arrival, and let go of them`, () => {
      const finished: number[] = [];
      const replica = create(
        {
          law: LINEAR_LAW,
          maxNumSeqs: 2,
          maxBatchedTokens: 512,
          kvBlocks: 400,
          blockSize: 16,
          ttftBounds: [1],
          e2eBounds: [1],
        },
        { onFirstToken: () => {}, onFinished: (request) => finished.push(request) },
      );
      for (const request of [4, 9, 2, 7]) replica.submit(request, 0, 100, 50, -1, 0);
      replica.advance(0.05);
      expect(replica.waitingRequests?.()).to.deep.equal([2, 7]);
      for (const request of replica.waitingRequests?.() ?? []) expect(replica.abort(request, 0.05)).to.equal(true);
      replica.advance(1000);
      expect(finished).to.deep.equal([4, 9]);
      expect([replica.waiting, replica.running, replica.waitingRequests?.()]).to.deep.equal([0, 0, []]);
    });
  }
});
