import { expect } from 'chai';
import { createCachedPrefix, PrefixCache } from '../../../src/kisim/replica/prefix-cache.js';

const prompt = () => createCachedPrefix(-1, 0, 64, 16);

describe('prefix cache', () => {
  it('gives a preempted sequence what was not evicted, the last of its blocks first to go', () => {
    const cache = new PrefixCache();
    const prefix = prompt();
    cache.release(prefix, 4);
    cache.evict(1);
    expect(cache.find(prefix, 4)).to.equal(3);
    cache.claim(prefix, 3);
    expect(cache.idleBlocks).to.equal(0);
  });

  it('stays whole when a sequence returns of which every block was evicted', () => {
    const cache = new PrefixCache();
    const [gone, first, second] = [prompt(), prompt(), prompt()];
    cache.release(gone, 2);
    cache.release(first, 1);
    cache.evict(3);
    cache.release(second, 3);
    expect(cache.find(gone, 4)).to.equal(0);
    cache.claim(gone, 0);
    expect(cache.idleBlocks).to.equal(3);
    cache.evict(1);
    expect([first, second].map((prefix) => cache.find(prefix, 4))).to.deep.equal([0, 2]);
  });
});
