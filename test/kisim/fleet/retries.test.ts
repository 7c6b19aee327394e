import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../../src/base/rng.js';
import { EventQueue } from '../../../src/kisim/event-queue.js';
import type { Pod } from '../../../src/kisim/fleet/pod.js';
import { RETRY_CAUSES, Retries, type RetryOptions } from '../../../src/kisim/fleet/retries.js';
import { createFleetRun } from '../../../src/scenarios/create-fleet-run.js';
import type { RunTotals } from '../../../src/scenarios/fleet-run.js';
import { bench } from '../support/fleet-bench.js';
import { randomFaults, TEST_NODES } from '../support/random-faults.js';
import { testRunOptions, testTraffic } from '../support/runs.js';

const OPTIONS: RetryOptions = {
  on: RETRY_CAUSES,
  attempts: 4,
  backoff: 1,
  factor: 2,
  maxBackoff: 3,
  jitter: 0,
  budget: Number.POSITIVE_INFINITY,
};

function open(changes: Partial<RetryOptions> = {}, options: Parameters<typeof bench>[0] = {}) {
  const timers = new EventQueue();
  const policy = new Retries({ ...OPTIONS, ...changes }, createRng(1));
  return bench({ timers, retries: { policy, timers }, ...options });
}

const ended = (of: RunTotals): number => of.completed + of.timedOut + of.rejected + of.lost + of.unfinished;

describe('retries', () => {
  it('wait longer and longer, up to the longest back-off, and end after the last attempt', () => {
    const policy = new Retries(OPTIONS, createRng(1));
    expect([1, 2, 3, 4].map((attempt) => policy.next(attempt, 'rejected'))).to.deep.equal([1, 2, 3, undefined]);
    expect(policy.next(1, 'unfinished')).to.equal(undefined);
    expect(new Retries({ ...OPTIONS, on: ['lost'] }, createRng(1)).next(1, 'rejected')).to.equal(undefined);
  });

  it('jitter takes off up to its part of the wait', () => {
    const policy = new Retries({ ...OPTIONS, jitter: 0.5 }, createRng(1));
    const waits = Array.from({ length: 500 }, () => policy.next(2, 'lost') as number);
    expect([Math.min(...waits), Math.max(...waits)].map((wait) => Math.round(10 * wait))).to.deep.equal([10, 20]);
  });

  it('a budget lets through its share of first attempts and ten that were saved up', () => {
    const policy = new Retries({ ...OPTIONS, budget: 0.25 }, createRng(1));
    let granted = 0;
    for (let i = 0; i < 1000; i++) {
      policy.onFirstAttempt();
      if (policy.next(1, 'rejected') !== undefined) granted++;
    }
    expect(granted).to.be.closeTo(1000 * 0.25 + 10, 1);
  });

  it('of a rejected request end in one outcome, with every attempt told, and one miss', () => {
    const { fleet, dispatcher, send, at, records } = open({}, { queueCapacity: 1 });
    fleet.startWarm(1);
    for (let i = 0; i < 3; i++) send(0, 2.5);
    expect([dispatcher.ledger.misses, records.length]).to.deep.equal([1, 0]);
    at(50);
    // Asked at 0 (full), 1 (full), 3 (one place is free): served from 5 to 7.5.
    expect(
      records.map(({ outcome, attempts, arrival, finishedAt }) => [outcome, attempts, arrival, finishedAt]),
    ).to.deep.equal([
      ['completed', 1, 0, 2.5],
      ['completed', 1, 0, 5],
      ['completed', 3, 0, 7.5],
    ]);
    expect(dispatcher.ledger).to.include({ misses: 1, retries: 2, inFlight: 0 });
    expect(dispatcher.arrivals).to.equal(5);
  });

  it('go to another pod when theirs is lost', () => {
    const { fleet, send, at, records } = open();
    fleet.startWarm(2);
    send(0, 10);
    at(2);
    fleet.kubelet.kill(fleet.pods[0] as Pod, 2);
    at(100);
    expect(records.map(({ outcome, attempts, finishedAt }) => [outcome, attempts, finishedAt])).to.deep.equal([
      ['completed', 2, 13],
    ]);
    expect(records[0]?.firstTokenAt).to.equal(4);
  });

  it('after a timeout have the whole patience again, and leave nothing behind in the engine', () => {
    const { fleet, send, at, records, dispatcher } = open({ attempts: 2 }, { clientTimeout: 10 });
    fleet.startWarm(1);
    send(0, 100);
    at(10.5);
    expect([fleet.pods[0]?.replica?.running, fleet.pods[0]?.inFlight, dispatcher.requests.inFlight]).to.deep.equal([
      0, 0, 1,
    ]);
    at(100);
    expect(records.map(({ outcome, attempts, finishedAt }) => [outcome, attempts, finishedAt])).to.deep.equal([
      ['timed-out', 2, 21],
    ]);
  });

  it('that are still to come when the run ends stay unfinished', () => {
    const { fleet, send, records, dispatcher } = open({}, { queueCapacity: 0 });
    fleet.startWarm(1);
    send(0, 1);
    dispatcher.close(0.5);
    expect(records.map(({ outcome, attempts }) => [outcome, attempts])).to.deep.equal([['unfinished', 1]]);
  });

  it('are met by 503 where the gateway holds nothing and no pod is ready', () => {
    const { fleet, send, at, records } = open({ backoff: 8, maxBackoff: 60 }, { gatewayCapacity: 0 });
    fleet.scaleTo(1, 0);
    send(0, 1);
    at(100);
    expect(records.map(({ outcome, attempts, finishedAt }) => [outcome, attempts, finishedAt])).to.deep.equal([
      ['completed', 3, 25],
    ]);
  });

  it('conserve requests and attempts under overload, faults and any policy', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(0, 0.2, Number.POSITIVE_INFINITY),
        fc.constantFrom(0, 2, 1000),
        (seed, attempts, budget, gatewayCapacity) => {
          const traffic = testTraffic(seed, { low: 4, high: 30, duration: 200 });
          const run = createFleetRun(
            testRunOptions(seed, {
              traffic,
              retries: { ...OPTIONS, attempts, budget, jitter: 1 },
              clientTimeout: 5,
              gatewayCapacity,
              nodePools: TEST_NODES,
              faults: randomFaults(seed),
            }),
          );
          for (let now = 15; now <= 300; now += 15) {
            run.advanceTo(now);
            run.answer(1 + (seed % 4));
            const at = run.totals();
            expect(at.injected).to.equal(ended(at) + at.inFlight);
            expect(at.arrivals).to.equal(at.injected + at.retries);
          }
          const statistics = run.finish();
          expect(statistics.injected).to.equal(ended(statistics));
          expect(statistics.retries).to.be.at.most((attempts - 1) * statistics.injected);
          if (budget === 0.2) expect(statistics.retries).to.be.at.most(10 + 0.2 * statistics.injected);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('without a budget turn an overload into a storm, and a budget bounds it', () => {
    const attemptsOf = (budget: number): number => {
      const run = createFleetRun(
        testRunOptions(1, {
          traffic: testTraffic(1, { low: 12, high: 14, duration: 200 }),
          retries: { ...OPTIONS, attempts: 10, budget },
          clientTimeout: 5,
        }),
      );
      run.answer(2);
      run.advanceTo(250);
      const { arrivals, injected } = run.finish();
      return arrivals / injected;
    };
    expect(attemptsOf(Number.POSITIVE_INFINITY)).to.be.above(2);
    expect(attemptsOf(0.1)).to.be.within(1, 1.11);
  });
});
