import { expect } from 'chai';
import { openSamplers } from '../../../src/cli/train/sampler-threads.js';
import { sampleEpisode } from '../../../src/training/forecaster/train-forecaster.js';
import { openWorld } from '../../../src/training/worlds/world.js';

describe('threads that sample episodes', () => {
  it('bring what this thread would, whatever the order of the answers, and one episode a thread at a time', async () => {
    const samplers = openSamplers(2, undefined, 7);
    try {
      const asked = [samplers.sample(0), samplers.sample(1), samplers.sample(2)];
      const [first, second, third] = await Promise.allSettled(asked);
      const world = openWorld();
      expect(first).to.deep.equal({ status: 'fulfilled', value: sampleEpisode(world, 7, 0) });
      expect(second).to.deep.equal({ status: 'fulfilled', value: sampleEpisode(world, 7, 1) });
      expect(third).to.have.property('status', 'rejected');
    } finally {
      await samplers.close();
    }
  });
});
