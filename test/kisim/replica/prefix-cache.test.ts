import { expect } from 'chai';
import fc from 'fast-check';
import { exponential, uniformInteger } from '../../../src/base/distributions.js';
import { createRng } from '../../../src/base/rng.js';
import { createFastForwardEngine, createStepEngine } from '../../../src/kisim/replica/engine.js';
import type { EngineOptions } from '../../../src/kisim/replica/engine-options.js';
import { KvPool } from '../../../src/kisim/replica/kv-pool.js';
import { type CachedPrefix, createCachedPrefix, PrefixCache } from '../../../src/kisim/replica/prefix-cache.js';
import { BlockPrefixCache } from './block-prefix-cache.js';

const OPTIONS: EngineOptions = {
  law: { base: 6e-3, perToken: 2e-5, perDecode: 1e-5, perKvToken: 4e-8, perPrefillPair: 2e-9 },
  maxNumSeqs: 16,
  maxBatchedTokens: 512,
  kvBlocks: 160,
  blockSize: 16,
  prefixCaching: true,
  ttftBounds: [1],
  e2eBounds: [1],
};

interface Job {
  readonly arrival: number;
  readonly input: number;
  readonly output: number;
  readonly group: number;
  readonly prefix: number;
}

function randomJobs(seed: number, count: number, rate: number): readonly Job[] {
  const rng = createRng(seed).stream('jobs');
  let arrival = 0;
  return Array.from({ length: count }, () => {
    arrival += exponential(rng, 1 / rate);
    const input = uniformInteger(rng, 1, 700);
    const group = uniformInteger(rng, -1, 4);
    return { arrival, input, output: uniformInteger(rng, 1, 150), group, prefix: uniformInteger(rng, 0, 400) };
  });
}

/** Plays jobs to the end; each of `aborted` leaves half a second after its arrival, if it is still there. */
function run(make: typeof createStepEngine, jobs: readonly Job[], options = OPTIONS, aborted = new Set<number>()) {
  const finished = new Map<number, readonly number[]>();
  const replica = make(options, {
    onFirstToken: () => {},
    onFinished: (request, at, _outcome, scheduledAt, preemptions) =>
      finished.set(request, [at, scheduledAt, preemptions]),
  });
  const events = jobs.flatMap((job, request) => {
    const submit = {
      at: job.arrival,
      act: () => replica.submit(request, job.arrival, job.input, job.output, job.group, job.prefix),
    };
    const leave = { at: job.arrival + 0.5, act: () => replica.abort(request, job.arrival + 0.5) };
    return aborted.has(request) ? [submit, leave] : [submit];
  });
  for (const { act } of events.sort((a, b) => a.at - b.at)) act();
  replica.advance(1e9);
  return { finished, replica };
}

const scenario = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  rate: fc.double({ min: 1, max: 30, noNaN: true }),
});

describe('prefix caching', () => {
  it('finds every full block of a prompt seen before, but always computes the last token', () => {
    const job = { arrival: 0, input: 160, output: 1, group: 1, prefix: 160 };
    const { replica } = run(createStepEngine, [job, { ...job, arrival: 10 }, { ...job, arrival: 20, group: 2 }]);
    expect(replica.counters.prefixQueries).to.equal(480);
    expect(replica.counters.prefixHits).to.equal(144);
  });

  it('lets a request of the same step find blocks that are only being computed', () => {
    const job = { arrival: 0, input: 160, output: 1, group: 1, prefix: 96 };
    expect(run(createStepEngine, [job, job]).replica.counters.prefixHits).to.equal(96);
  });

  it('is followed by fast-forward event by event, preemptions, evictions and aborts included', () => {
    let preemptions = 0;
    let hits = 0;
    fc.assert(
      fc.property(scenario, ({ seed, rate }) => {
        const jobs = randomJobs(seed, 80, rate);
        const aborted = new Set(jobs.flatMap((_, i) => (i % 7 === 3 ? [i] : [])));
        const steps = run(createStepEngine, jobs, OPTIONS, aborted);
        const skips = run(createFastForwardEngine, jobs, OPTIONS, aborted);
        expect([...skips.finished.keys()].sort()).to.deep.equal([...steps.finished.keys()].sort());
        for (const [request, [at, scheduledAt, preempted]] of steps.finished) {
          const [otherAt = 0, otherScheduledAt = 0, otherPreempted] = skips.finished.get(request) ?? [];
          expect(otherAt).to.be.closeTo(at as number, 1e-8);
          expect(otherScheduledAt).to.be.closeTo(scheduledAt as number, 1e-8);
          expect(otherPreempted).to.equal(preempted);
        }
        expect(skips.replica.counters.prefixHits).to.equal(steps.replica.counters.prefixHits);
        preemptions += steps.replica.counters.preemptions;
        hits += steps.replica.counters.prefixHits;
      }),
      { numRuns: 60 },
    );
    expect(preemptions).to.be.above(0);
    expect(hits).to.be.above(0);
  });

  it('frees every block in the end, whatever was shared, and never finds more than it was asked for', () => {
    fc.assert(
      fc.property(scenario, ({ seed, rate }) => {
        for (const make of [createStepEngine, createFastForwardEngine]) {
          const { replica } = run(make, randomJobs(seed, 40, rate));
          expect(replica.kvUsage).to.equal(0);
          expect(replica.counters.prefixHits).to.be.at.most(replica.counters.prefixQueries);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('costs nothing where nobody shares: without groups the same times as without caching, if nobody is preempted', () => {
    const jobs = randomJobs(5, 60, 4).map((job) => ({ ...job, group: -1 }));
    const roomy = { ...OPTIONS, kvBlocks: 4000 };
    const without = run(createFastForwardEngine, jobs, { ...roomy, prefixCaching: false });
    expect(run(createFastForwardEngine, jobs, roomy).finished).to.deep.equal(without.finished);
  });

  it('as a rate computes that share of every prompt less, in whole blocks', () => {
    const jobs = [{ arrival: 0, input: 161, output: 1, group: -1, prefix: 0 }];
    const { prefixCaching: _, ...plain } = OPTIONS;
    for (const make of [createStepEngine, createFastForwardEngine]) {
      const { replica } = run(make, jobs, { ...plain, prefixHitRate: 0.5 });
      expect(replica.counters.prefixHits).to.equal(80);
      expect(replica.kvUsage).to.equal(0);
    }
  });
});

describe('KV pool with a prefix cache', () => {
  it('evicts the last block of the sequence that has been idle longest, and blank blocks before any', () => {
    const pool = new KvPool(9, 16, true);
    const first = createCachedPrefix(1, 32, 40, 16);
    pool.take(3);
    pool.cache?.fill(first, 2);
    pool.give(3, 40, first);
    expect(pool.free).to.equal(8);
    pool.take(6);
    expect(pool.findHits(1000, createCachedPrefix(1, 32, 1000, 16))).to.equal(2);
    pool.take(1);
    expect(pool.findHits(1000, createCachedPrefix(1, 32, 1000, 16))).to.equal(1);
    expect(pool.take(2)).to.equal(false);
    expect(pool.take(1)).to.equal(true);
    expect(pool.findHits(1000, createCachedPrefix(1, 32, 1000, 16))).to.equal(0);
  });
});

describe('speed factor', () => {
  it('makes the steps that begin after it longer, in both engines alike', () => {
    const ends = [createStepEngine, createFastForwardEngine].map((make) => {
      let end = 0;
      const law = { base: 0.01, perToken: 0, perDecode: 0, perKvToken: 0, perPrefillPair: 0 };
      const replica = make({ ...OPTIONS, law }, { onFirstToken: () => {}, onFinished: (_, at) => (end = at) });
      replica.submit(0, 0, 10, 100, -1, 0);
      replica.setSpeedFactor?.(2, 0.505);
      replica.advance(100);
      return end;
    });
    // 51 steps at 10 ms are done or under way at 0.505 s, the other 49 take 20 ms.
    expect(ends[0]).to.be.closeTo(0.51 + 0.98, 1e-9);
    expect(ends[1]).to.be.closeTo(ends[0] as number, 1e-9);
  });
});

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

  it('counts in runs what its laws say block by block', () => {
    const step = fc.record({
      who: fc.nat(11),
      much: fc.nat(12),
      act: fc.constantFrom('start', 'fill', 'release', 'evict'),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 120 }), (steps) => {
        const [cache, model] = [new PrefixCache(), new BlockPrefixCache()];
        const prompts = Array.from({ length: 12 }, (_, i) => createCachedPrefix(i % 3, (3 + i) * 16, 1000, 16));
        const full = new Map<CachedPrefix, number>();
        for (const { who, much, act } of steps) {
          const prefix = prompts[who] as CachedPrefix;
          const held = full.get(prefix);
          if (act === 'start' && held === undefined) {
            const hits = cache.find(prefix, much);
            expect([hits, cache.idleHits]).to.deep.equal(model.find(prefix, much));
            for (const one of [cache, model]) one.claim(prefix, hits);
            full.set(prefix, hits);
          } else if (act === 'fill' && held !== undefined) {
            for (const one of [cache, model]) one.fill(prefix, held + much);
            full.set(prefix, held + much);
          } else if (act === 'release' && held !== undefined) {
            for (const one of [cache, model]) one.release(prefix, held);
            full.delete(prefix);
          } else if (act === 'evict') {
            const blocks = Math.min(much, cache.idleBlocks);
            for (const one of [cache, model]) one.evict(blocks);
          }
          expect(cache.idleBlocks).to.equal(model.idleBlocks);
        }
        for (const prefix of prompts.filter((one) => !full.has(one)))
          expect([cache.find(prefix, 99), cache.idleHits]).to.deep.equal(model.find(prefix, 99));
      }),
      { numRuns: 300 },
    );
  });
});
