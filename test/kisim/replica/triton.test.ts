import { expect } from 'chai';
import fc from 'fast-check';
import { exponential } from '../../../src/base/distributions.js';
import { createRng } from '../../../src/base/rng.js';
import type { Outcome } from '../../../src/kisim/replica/request.js';
import { createTritonReplica, type TritonOptions } from '../../../src/kisim/replica/triton.js';
import { runLiteralBatcher } from '../support/literal-batcher.js';

const OPTIONS: TritonOptions = {
  maxBatchSize: 8,
  preferredBatchSizes: [],
  maxQueueDelay: 0,
  instances: 1,
  law: { base: 0.01, perRequest: 0.005 },
  e2eBounds: [0.05, 0.5],
  earlyWakes: 0,
};

interface Result {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: Outcome;
}

function open(options: TritonOptions) {
  const results = new Map<number, Result>();
  const replica = createTritonReplica(options, {
    onFirstToken: () => {},
    onFinished: (request, finishedAt, outcome, startedAt) => results.set(request, { startedAt, finishedAt, outcome }),
  });
  return { replica, results, submit: (request: number, at: number) => replica.submit(request, at, 1, 1, -1, 0) };
}

/** Serves arrivals to the end; the start of each request's batch, and how many shared it. */
function serve(arrivals: readonly number[], options: TritonOptions, slices: readonly number[] = []) {
  const { replica, results, submit } = open(options);
  const events = [...arrivals.map((at, i) => [at, i] as const), ...slices.map((at) => [at, -1] as const)];
  for (const [at, i] of events.sort((a, b) => a[0] - b[0])) {
    if (i < 0) replica.advance(at);
    else submit(i, at);
  }
  replica.advance(1e9);
  return { counters: replica.counters, results };
}

/** Sizes of the executions in order. */
function sizesOf(results: ReadonlyMap<number, Result>): number[] {
  const sizes = new Map<number, number>();
  for (const { startedAt } of results.values()) sizes.set(startedAt, (sizes.get(startedAt) ?? 0) + 1);
  return [...sizes].sort((a, b) => a[0] - b[0]).map(([, size]) => size);
}

function poisson(rate: number, count: number, seed = 1): number[] {
  const rng = createRng(seed);
  let at = 0;
  return Array.from({ length: count }, () => {
    at += exponential(rng, 1 / rate);
    return at;
  });
}

const configurations: fc.Arbitrary<TritonOptions> = fc
  .record({
    maxBatchSize: fc.integer({ min: 1, max: 16 }),
    sizes: fc.uniqueArray(fc.integer({ min: 1, max: 16 }), { maxLength: 3 }),
    maxQueueDelay: fc.constantFrom(0, 0.0005, 0.004, 0.05),
    instances: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ sizes, ...rest }) => ({
    ...OPTIONS,
    ...rest,
    preferredBatchSizes: sizes.filter((size) => size <= rest.maxBatchSize),
  }));

describe("Triton's dynamic batcher", () => {
  it('serves the first request alone and together those that come meanwhile', () => {
    const { results } = serve([0, 0.001, 0.002, 0.003], OPTIONS);
    expect(sizesOf(results)).to.deep.equal([1, 3]);
    expect(results.get(3)?.startedAt).to.be.closeTo(0.015, 1e-12);
    expect(results.get(3)?.finishedAt).to.be.closeTo(0.015 + 0.025, 1e-12);
  });

  it('takes those that come at the same instant together', () => {
    expect(sizesOf(serve([1, 1, 1], OPTIONS).results)).to.deep.equal([3]);
  });

  it('closes a batch at a preferred size when there is no delay', () => {
    const { results } = serve([0, 0.001, 0.002, 0.003, 0.004], { ...OPTIONS, preferredBatchSizes: [2] });
    expect(sizesOf(results)).to.deep.equal([1, 2, 2]);
  });

  it('waits for the delay, or until a preferred size is together', () => {
    const options = { ...OPTIONS, preferredBatchSizes: [2], maxQueueDelay: 0.1 };
    expect(serve([0], options).results.get(0)?.startedAt).to.be.closeTo(0.1, 1e-12);
    expect(serve([0, 0.03], options).results.get(0)?.startedAt).to.be.closeTo(0.03, 1e-12);
  });

  it('lets only one more join a batch that stands ready, until a preferred size waits', () => {
    // The first is sent 1 ms after it came, alone; so are the next two, and stand ready while two more wait. They go when those
    // are taken; one more joins them, the last one does not.
    const arrivals = [0, 0.002, 0.003, 0.004, 0.02, 0.06, 0.07];
    const law = { base: 0.05, perRequest: 0 };
    const { results } = serve(arrivals, { ...OPTIONS, law, maxQueueDelay: 0.001, preferredBatchSizes: [8] });
    expect(sizesOf(results)).to.deep.equal([1, 2, 3, 1]);
  });

  it('is the literal transcription of its source on random traffic', () => {
    fc.assert(
      fc.property(
        configurations,
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0.2, max: 3, noNaN: true }),
        (options, seed, load) => {
          const { law, maxBatchSize, instances } = options;
          const seconds = (size: number): number => law.base + law.perRequest * size;
          const rate = (load * instances * maxBatchSize) / seconds(maxBatchSize);
          const arrivals = poisson(rate, 120, seed);
          const { results } = serve(arrivals, options);
          const started = new Map(
            runLiteralBatcher(arrivals, options, seconds).map((run) => [run.arrival, run.startedAt]),
          );
          arrivals.forEach((arrival, i) => {
            expect(results.get(i)?.startedAt).to.be.closeTo(started.get(arrival) as number, 1e-9);
          });
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe('a Triton replica', () => {
  it('answers every request once, in executions no larger than allowed and never before it came', () => {
    fc.assert(
      fc.property(configurations, fc.integer({ min: 1, max: 1e6 }), (options, seed) => {
        const arrivals = poisson(300, 150, seed);
        const { results, counters } = serve(arrivals, { ...options, earlyWakes: 0.3 });
        expect(results.size).to.equal(arrivals.length);
        expect(counters.finished).to.equal(arrivals.length);
        for (const [i, { startedAt }] of results) expect(startedAt).to.be.at.least(arrivals[i] as number);
        expect(Math.max(...sizesOf(results))).to.be.at.most(options.maxBatchSize * options.instances);
      }),
      { numRuns: 60 },
    );
  });

  it('does not care at which instants it is looked at', () => {
    fc.assert(
      fc.property(
        configurations,
        fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { maxLength: 40 }),
        (options, slices) => {
          const arrivals = poisson(200, 120);
          expect([...serve(arrivals, options, slices).results]).to.deep.equal([...serve(arrivals, options).results]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is an M/D/1 queue with batches of one', () => {
    const service = 0.01;
    const load = 0.8;
    const options = { ...OPTIONS, maxBatchSize: 1, law: { base: 0, perRequest: service } };
    const arrivals = poisson(load / service, 200_000, 7);
    const { counters } = serve(arrivals, options);
    const wait = (load * service) / (2 * (1 - load));
    expect(counters.e2eSum / counters.e2eCount).to.be.closeTo(wait + service, 0.04 * (wait + service));
  });

  it('completes instances * B / (a + c B) requests a second when it never lacks work', () => {
    const options = { ...OPTIONS, instances: 2, maxQueueDelay: 0.001 };
    const arrivals = Array.from({ length: 4000 }, (_, i) => i * 1e-4);
    const { results } = serve(arrivals, options);
    const last = Math.max(...[...results.values()].map(({ finishedAt }) => finishedAt));
    expect(4000 / last).to.be.closeTo((2 * 8) / 0.05, 3);
  });

  it('refuses what a full queue cannot hold, and then forms nothing ahead', () => {
    const { replica, results, submit } = open({ ...OPTIONS, preferredBatchSizes: [2], maxQueueSize: 4 });
    const taken = [0, 1, 2, 3, 4, 5].map((request) => submit(request, request * 1e-3));
    expect(taken).to.deep.equal([true, true, true, true, true, false]);
    replica.advance(1);
    expect(sizesOf(results)).to.deep.equal([1, 2, 2]);
    expect(replica.counters.finished).to.equal(5);
  });

  it('executes what its client has left, and tells nobody', () => {
    const { replica, results, submit } = open(OPTIONS);
    for (const request of [0, 1, 2]) submit(request, request * 1e-3);
    expect(replica.abort(1, 0.003)).to.equal(true);
    expect(replica.abort(1, 0.004)).to.equal(false);
    expect(replica.waiting + replica.running).to.equal(3);
    replica.advance(1);
    expect([...results.keys()]).to.deep.equal([0, 2]);
    expect(results.get(2)?.finishedAt).to.be.closeTo(0.035, 1e-12);
    expect(replica.counters.finished).to.equal(3);
  });

  it('loses everything it holds at once', () => {
    const { replica, results, submit } = open(OPTIONS);
    for (let request = 0; request < 20; request++) submit(request, request * 1e-3);
    const lost = replica.evict(0.02);
    expect(lost.length + results.size).to.equal(20);
    expect([replica.waiting, replica.running, replica.nextEventAt]).to.deep.equal([0, 0, Number.POSITIVE_INFINITY]);
    submit(99, 1);
    replica.advance(2);
    expect(results.get(99)?.finishedAt).to.be.closeTo(1.015, 1e-12);
  });

  it('is slower by its speed factor', () => {
    expect(serve([0], { ...OPTIONS, speedFactor: 2 }).results.get(0)?.finishedAt).to.be.closeTo(0.03, 1e-12);
  });
});
