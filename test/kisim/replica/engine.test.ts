import { expect } from 'chai';
import fc from 'fast-check';
import { exponential, uniformInteger } from '../../../src/base/distributions.js';
import { createRng } from '../../../src/base/rng.js';
import { saturationThroughput, type VllmProfile } from '../../../src/decision/serving-profile.js';
import { loadVllmProfile } from '../../../src/kisim/profiles/load-profile.js';
import { createFastForwardEngine, createStepEngine } from '../../../src/kisim/replica/engine.js';
import { type EngineOptions, engineOptionsFromProfile } from '../../../src/kisim/replica/engine-options.js';
import type { Outcome } from '../../../src/kisim/replica/request.js';
import { KNOTTED_LAW, LINEAR_LAW } from '../../support/laws.js';

interface Job {
  readonly arrival: number;
  readonly input: number;
  readonly output: number;
}

interface Result {
  firstTokenAt: number;
  finishedAt: number;
  outcome: Outcome;
  preemptions: number;
}

const OPTIONS: EngineOptions = {
  law: LINEAR_LAW,
  maxNumSeqs: 16,
  maxBatchedTokens: 512,
  kvBlocks: 400,
  blockSize: 16,
  ttftBounds: [0.1, 1, 10],
  e2eBounds: [1, 10, 100],
};

const BOUNDS = { ttftBounds: [1], e2eBounds: [1] };

type Make = typeof createStepEngine;

/** Runs jobs to the end; `slices` are extra instants at which the engine is advanced. */
function run(make: Make, jobs: readonly Job[], options: EngineOptions = OPTIONS, slices: readonly number[] = []) {
  const results = jobs.map(
    (): Result => ({ firstTokenAt: Number.NaN, finishedAt: Number.NaN, outcome: 'unfinished', preemptions: 0 }),
  );
  const replica = make(options, {
    onFirstToken: (request, at) => {
      (results[request] as Result).firstTokenAt = at;
    },
    onFinished: (request, at, outcome, _scheduledAt, preemptions) => {
      Object.assign(results[request] as Result, { finishedAt: at, outcome, preemptions });
    },
  });
  const events = [
    ...jobs.map((job, request) => ({ at: job.arrival, request })),
    ...slices.map((at) => ({ at, request: -1 })),
  ].sort((a, b) => a.at - b.at);
  for (const { at, request } of events) {
    const job = jobs[request];
    if (job) replica.submit(request, at, job.input, job.output, -1, 0);
    else replica.advance(at);
  }
  replica.advance(1e9);
  return { results, replica };
}

function randomJobs(seed: number, count: number, rate: number): Job[] {
  const rng = createRng(seed).stream('jobs');
  let arrival = 0;
  return Array.from({ length: count }, () => {
    arrival += exponential(rng, 1 / rate);
    return { arrival, input: uniformInteger(rng, 1, 900), output: uniformInteger(rng, 1, 200) };
  });
}

const scenario = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  rate: fc.double({ min: 0.5, max: 40, noNaN: true }),
});

const laws = fc.constantFrom(LINEAR_LAW, KNOTTED_LAW);

describe('replica engine', () => {
  it('takes one request alone through prefill and decode in the time that the law gives', () => {
    const { law } = OPTIONS;
    const { results } = run(createStepEngine, [{ arrival: 1, input: 100, output: 3 }]);
    const prefill = law.base + 100 * law.perToken + (law.perPrefillPair * 100 * 100) / 2;
    const decode = (context: number): number => law.base + law.perToken + law.perDecode + context * law.perKvToken;
    expect(results[0]?.firstTokenAt).to.be.closeTo(1 + prefill, 1e-12);
    expect(results[0]?.finishedAt).to.be.closeTo(1 + prefill + decode(100) + decode(101), 1e-12);
  });

  it('cuts a prompt into chunks of the token budget', () => {
    const { results } = run(createStepEngine, [{ arrival: 0, input: 1200, output: 1 }]);
    const { law } = OPTIONS;
    const pairs = (512 * 512) / 2 + 512 * (512 + 256) + 176 * (1024 + 88);
    expect(results[0]?.firstTokenAt).to.be.closeTo(
      3 * law.base + 1200 * law.perToken + pairs * law.perPrefillPair,
      1e-12,
    );
  });

  it('lets all who arrive at one instant join the same first step', () => {
    const jobs = Array.from({ length: 5 }, () => ({ arrival: 2, input: 10, output: 1 }));
    const ends = new Set(run(createStepEngine, jobs).results.map(({ finishedAt }) => finishedAt));
    expect(ends.size).to.equal(1);
  });

  it('finishes every request exactly once, with all of its tokens, and frees every block', () => {
    fc.assert(
      fc.property(scenario, ({ seed, rate }) => {
        const jobs = randomJobs(seed, 60, rate);
        const { results, replica } = run(createFastForwardEngine, jobs);
        expect(results.every(({ outcome }) => outcome === 'completed')).to.equal(true);
        expect(replica.counters.finished).to.equal(60);
        expect(replica.counters.generationTokens).to.equal(jobs.reduce((sum, { output }) => sum + output, 0));
        expect(replica.counters.promptTokens).to.equal(jobs.reduce((sum, { input }) => sum + input, 0));
        expect(replica.counters.ttftBuckets.reduce((sum, count) => sum + count, 0)).to.equal(60);
        expect(replica.kvUsage).to.equal(0);
        expect(replica.waiting + replica.running).to.equal(0);
      }),
      { numRuns: 60 },
    );
  });

  it('fast-forward follows the step engine event by event, preemptions included', () => {
    fc.assert(
      fc.property(
        scenario,
        fc.integer({ min: 80, max: 400 }),
        laws,
        fc.boolean(),
        (traffic, kvBlocks, law, prefixCaching) => {
          const jobs = randomJobs(traffic.seed, 60, traffic.rate);
          const options = { ...OPTIONS, kvBlocks, law, prefixCaching };
          const steps = run(createStepEngine, jobs, options).results;
          const skips = run(createFastForwardEngine, jobs, options).results;
          for (const [i, step] of steps.entries()) {
            expect(skips[i]?.firstTokenAt).to.be.closeTo(step.firstTokenAt, 1e-9);
            expect(skips[i]?.finishedAt).to.be.closeTo(step.finishedAt, 1e-9);
            expect(skips[i]?.preemptions).to.equal(step.preemptions);
          }
        },
      ),
      { numRuns: 80 },
    );
  });

  it('gives the same results however finely time is sliced', () => {
    fc.assert(
      fc.property(
        scenario,
        fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { maxLength: 200 }),
        ({ seed, rate }, slices) => {
          const jobs = randomJobs(seed, 40, rate);
          const whole = run(createFastForwardEngine, jobs).results;
          const sliced = run(createFastForwardEngine, jobs, OPTIONS, slices).results;
          for (const [i, result] of whole.entries())
            expect(sliced[i]?.finishedAt).to.be.closeTo(result.finishedAt, 1e-9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('announces every completion: nothing ends before nextEventAt', () => {
    fc.assert(
      fc.property(scenario, ({ seed, rate }) => {
        const ended: number[] = [];
        const replica = createFastForwardEngine(OPTIONS, {
          onFirstToken: () => {},
          onFinished: (_, at) => ended.push(at),
        });
        for (const [i, { arrival, input, output }] of randomJobs(seed, 30, rate).entries()) {
          while (replica.nextEventAt <= arrival) {
            const announced = replica.nextEventAt;
            const before = ended.length;
            replica.advance(announced);
            for (const at of ended.slice(before)) expect(at).to.be.closeTo(announced, 1e-9);
          }
          const before = ended.length;
          replica.submit(i, arrival, input, output, -1, 0);
          expect(ended.length).to.equal(before);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('preempts when blocks run out and still completes everybody', () => {
    const jobs = randomJobs(3, 40, 30);
    const { results, replica } = run(createStepEngine, jobs, { ...OPTIONS, kvBlocks: 90 });
    expect(replica.counters.preemptions).to.be.above(0);
    expect(results.every(({ outcome }) => outcome === 'completed')).to.equal(true);
  });

  it('refuses what its queue has no place for, and what could never fit its cache', () => {
    const silent = { onFirstToken: () => {}, onFinished: () => {} };
    const capped = createStepEngine({ ...OPTIONS, queueCap: 2, maxNumSeqs: 1 }, silent);
    const taken = [0, 1, 2, 3, 4].map((request) => capped.submit(request, 0, 10, 10, -1, 0));
    expect(taken).to.deep.equal([true, true, false, false, false]);
    expect(createStepEngine(OPTIONS, silent).submit(0, 0, 399 * 16, 10, -1, 0)).to.equal(false);
  });

  it('forgets an aborted request wherever it is, and gives its blocks back', () => {
    for (const at of [0.001, 0.5]) {
      const finished: number[] = [];
      const replica = createFastForwardEngine(
        { ...OPTIONS, maxNumSeqs: 1 },
        { onFirstToken: () => {}, onFinished: (request) => finished.push(request) },
      );
      replica.submit(0, 0, 100, 200, -1, 0);
      replica.submit(1, 0, 100, 200, -1, 0);
      expect(replica.abort(0, at)).to.equal(true);
      expect(replica.abort(0, at)).to.equal(false);
      replica.advance(1e6);
      expect(finished).to.deep.equal([1]);
      expect(replica.kvUsage).to.equal(0);
    }
  });

  it('hands over everything it holds when it is evicted', () => {
    const replica = createFastForwardEngine(
      { ...OPTIONS, maxNumSeqs: 2 },
      { onFirstToken: () => {}, onFinished: () => {} },
    );
    for (const request of [7, 8, 9]) replica.submit(request, 0, 50, 100, -1, 0);
    expect([...replica.evict(0.1)].sort()).to.deep.equal([7, 8, 9]);
    expect(replica.nextEventAt).to.equal(Number.POSITIVE_INFINITY);
  });

  it('is slower under more load: mean latency never falls when the same jobs come faster', () => {
    const jobs = randomJobs(5, 200, 1);
    const meanLatency = (factor: number): number => {
      const faster = jobs.map((job) => ({ ...job, arrival: job.arrival / factor }));
      const { results } = run(createFastForwardEngine, faster);
      return (
        results.reduce((sum, { finishedAt }, i) => sum + finishedAt - (faster[i]?.arrival ?? 0), 0) / results.length
      );
    };
    const latencies = [1, 2, 4, 8, 16].map(meanLatency);
    for (let i = 1; i < latencies.length; i++) expect(latencies[i]).to.be.at.least((latencies[i - 1] ?? 0) * 0.999);
  });

  it('completes under overload what the analytic saturation throughput says, within 10 %', () => {
    for (const name of ['demo-small', 'h100-llama-3.1-8b', 'l40s-llama-3.1-8b']) {
      const loaded = loadVllmProfile(name);
      if (!loaded.ok) throw new Error(loaded.error);
      expect(measureThroughput(loaded.value) / saturationThroughput(loaded.value, 256, 128), name).to.be.within(
        0.9,
        1.1,
      );
    }
  });
});

/** Completions per second in the second half of a minute in which far more waits than can be served. */
function measureThroughput(profile: VllmProfile): number {
  const ends: number[] = [];
  const replica = createFastForwardEngine(engineOptionsFromProfile(profile, BOUNDS), {
    onFirstToken: () => {},
    onFinished: (_, at) => ends.push(at),
  });
  const rng = createRng(1).stream('overload');
  for (let i = 0; i < 6000; i++)
    replica.submit(i, 0, uniformInteger(rng, 128, 384), uniformInteger(rng, 64, 192), -1, 0);
  replica.advance(60);
  return ends.filter((at) => at > 30).length / 30;
}
