import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../src/base/rng.js';
import { DEFAULT_GRID, type Window } from '../../src/decision/window.js';
import type { Fault } from '../../src/kisim/fault.js';
import type { RequestSpec } from '../../src/kisim/replica/request.js';
import { trafficOfRequests } from '../../src/kisim/traffic/request-trace.js';
import type { Traffic } from '../../src/kisim/traffic/traffic.js';
import { createFleetRun, type FleetRunOptions } from '../../src/scenarios/create-fleet-run.js';
import type { FleetRun, RunStatistics, RunTotals } from '../../src/scenarios/fleet-run.js';
import { testRunOptions, testTraffic, testWorkload } from '../kisim/support/runs.js';

const END = 330;

/** Plays a run with a count that changes at every tick, drawn from its own seed. */
function play(
  options: FleetRunOptions,
  counts: number,
  end = END,
): { windows: Window[]; totals: RunTotals[]; statistics: RunStatistics } {
  const run = createFleetRun(options);
  const rng = createRng(counts);
  const windows: Window[] = [];
  const totals: RunTotals[] = [];
  for (let tick = 15; tick <= end; tick += 15) {
    run.advanceTo(tick);
    windows.push(run.window(tick));
    totals.push(run.totals());
    run.answer(1 + Math.floor(8 * rng.next()));
  }
  return { windows, totals, statistics: run.finish() };
}

function ended(totals: RunTotals): number {
  return totals.completed + totals.timedOut + totals.rejected + totals.lost + totals.unfinished;
}

const FAULTS: readonly Fault[] = [
  { kind: 'pod-crash', at: 70, pods: 2 },
  { kind: 'stock-out', at: 100, until: 150 },
  { kind: 'slow-start', at: 200, until: 250, factor: 3 },
  { kind: 'metrics-stop', at: 220, until: 280 },
];

describe('fleet run', () => {
  it('conserves requests at every tick, under any scaling, overload and faults', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (seed, high, hasFaults) => {
          const traffic = testTraffic(seed, { low: 1, high, duration: 250 });
          const { totals, statistics } = play(testRunOptions(seed, { traffic, faults: hasFaults ? FAULTS : [] }), seed);
          for (const at of totals) expect(at.injected).to.equal(ended(at) + at.inFlight);
          expect(statistics.injected).to.equal(ended(statistics));
          expect(statistics.misses).to.be.within(statistics.injected - statistics.completed, statistics.injected);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('gives the same bytes for the same seed', () => {
    const once = play(testRunOptions(11, { faults: FAULTS }), 5);
    const again = play(testRunOptions(11, { faults: FAULTS }), 5);
    expect(again).to.deep.equal(once);
    expect(play(testRunOptions(12, { faults: FAULTS }), 5)).to.not.deep.equal(once);
  });

  it('lets a new consumer of randomness shift nobody: the router and the control phases leave arrivals and cold starts alone', () => {
    const starts = (options: FleetRunOptions): number[] => {
      const run = createFleetRun(options);
      run.applySpec(6);
      const ages: number[] = [];
      for (let at = 1; at <= 120; at++) {
        run.advanceTo(at);
        ages.push(run.replicas.ready);
      }
      return ages;
    };
    const behavior = testRunOptions(3).control;
    const paused = { ...behavior, pollingInterval: 1000 };
    expect(starts(testRunOptions(3, { router: 'round-robin', control: paused }))).to.deep.equal(
      starts(testRunOptions(3)),
    );
  });

  it('never looks ahead: what has not happened yet changes no window and no count', () => {
    const requests: RequestSpec[] = [];
    const source = testTraffic(4, { duration: 300 });
    for (let request = source.next(); request; request = source.next()) requests.push(request);
    const upTo = (cut: number): Traffic => trafficOfRequests(requests.filter(({ arrival }) => arrival <= cut));
    const whole = play(testRunOptions(4, { traffic: upTo(300) }), 7);
    const half = play(testRunOptions(4, { traffic: upTo(150) }), 7);
    expect(half.windows.slice(0, 10)).to.deep.equal(whole.windows.slice(0, 10));
    expect(half.totals.slice(0, 10)).to.deep.equal(whole.totals.slice(0, 10));
    expect(half.windows[19]).to.not.deep.equal(whole.windows[19]);
  });

  it('shows a change to the window only after the scrapes and the lag', () => {
    const run = createFleetRun(testRunOptions(1));
    run.advanceTo(60);
    run.applySpec(9);
    run.advanceTo(75);
    // Evaluated at 60: the scrape of kube-state-metrics that could have seen it was still to come.
    expect(run.window(75).series.specReplicas.at(-1)).to.equal(2);
    run.advanceTo(90);
    expect(run.window(90).series.specReplicas.at(-1)).to.equal(9);
    expect(run.window(90).series.specReplicas.at(-2)).to.equal(2);
  });

  it('bills a fleet that never changes for exactly its size', () => {
    const run = createFleetRun(testRunOptions(1, { initialReplicas: 3 }));
    run.answer(3);
    run.advanceTo(600);
    const { replicaSeconds, scaleChanges, dollars } = run.finish();
    expect(replicaSeconds).to.be.closeTo(1800, 1e-6);
    expect(scaleChanges).to.equal(0);
    expect(dollars).to.be.closeTo((1800 / 3600) * 6.88, 1e-9);
  });

  it('never serves worse, and costs more, with more replicas', () => {
    const results = [2, 4, 8].map((initialReplicas) => {
      const run = createFleetRun(testRunOptions(2, { initialReplicas, traffic: testTraffic(2, { low: 6, high: 14 }) }));
      run.answer(initialReplicas);
      run.advanceTo(400);
      return run.finish();
    });
    const of = (pick: (result: RunStatistics) => number): number[] => results.map(pick);
    expect(of(({ injected }) => injected)).to.satisfy((all: number[]) => new Set(all).size === 1);
    expect(of(({ misses }) => -misses)).to.satisfy(isAscending);
    expect(of(({ ttft }) => -ttft.p99)).to.satisfy(isAscending);
    expect(of(({ replicaSeconds }) => replicaSeconds)).to.satisfy(isAscending);
    expect(results[0]?.misses).to.be.above(results[2]?.misses ?? 0);
  });

  it('holds the count while the scaler answers with errors', () => {
    const run = createFleetRun(testRunOptions(1, { initialReplicas: 5 }));
    run.answer(undefined);
    run.advanceTo(300);
    expect(run.replicas.spec).to.equal(5);
  });

  it('falls back as its ScaledObject says after enough failures', () => {
    const fallback = { failureThreshold: 3, replicas: 7, behavior: 'static' } as const;
    const run = createFleetRun(testRunOptions(1, { control: { ...testRunOptions(1).control, fallback } }));
    run.answer(undefined);
    run.advanceTo(120);
    expect(run.replicas.spec).to.equal(7);
  });

  it('keeps the bounds of the ScaledObject whatever is answered', () => {
    const workload = testWorkload({ bounds: { minReplicas: 2, maxReplicas: 4 } });
    for (const total of [0, 1, 1000, Number.NaN]) {
      const run = createFleetRun(testRunOptions(1, { workload }));
      run.answer(total);
      run.advanceTo(400);
      expect(run.replicas.spec).to.be.within(2, 4);
    }
  });

  it('goes to zero and back: KEDA wakes the fleet, and the gateway has kept the requests', () => {
    const traffic = trafficOfRequests(
      Array.from({ length: 40 }, (_, i) => ({ arrival: 400 + i, inputTokens: 10, outputTokens: 100 })),
    );
    const workload = testWorkload({ bounds: { minReplicas: 0, maxReplicas: 4 } });
    const run = createFleetRun(testRunOptions(1, { traffic, workload, clientTimeout: 200, hasGateway: true }));
    run.answer(0);
    run.advanceTo(390);
    expect(run.replicas).to.include({ spec: 0, starting: 0, ready: 0, draining: 0 });
    run.advanceTo(450);
    expect(run.window(450).series.arrivalRate.at(-1)).to.be.closeTo(1, 0.2);
    run.answer(1);
    run.advanceTo(600);
    expect(run.finish().completed).to.equal(40);
  });

  it('has windows without any sample while the metrics are down, and samples again afterwards', () => {
    const run = createFleetRun(testRunOptions(1, { faults: [{ kind: 'metrics-stop', at: 100, until: 200 }] }));
    const newest = (tick: number): number => {
      run.advanceTo(tick);
      return run.window(tick).series.queueDepth.at(-1) as number;
    };
    expect(newest(105)).to.not.satisfy(Number.isNaN);
    expect(newest(120)).to.satisfy(Number.isNaN);
    expect(newest(210)).to.satisfy(Number.isNaN);
    expect(newest(225)).to.not.satisfy(Number.isNaN);
  });

  it('shows every pod, and lets things go wrong on demand', () => {
    const run = createFleetRun(testRunOptions(1, { traffic: testTraffic(1, { low: 8 }) }));
    run.answer(2);
    run.advanceTo(60);
    run.inject({ kind: 'pod-crash', at: 60, pods: 1 });
    run.advanceTo(61);
    expect(run.pods().map(({ name, phase }) => [name, phase])).to.deep.equal([
      ['replica-0', 'starting'],
      ['replica-1', 'ready'],
    ]);
    expect(run.pods()[0]).to.deep.include({ restarts: 1, waiting: 0, running: 0, kvUsage: 0 });
    expect(run.pods()[1]?.running).to.be.above(0);
  });

  it('does not count what arrives, or is billed, during the warm-up', () => {
    const run = createFleetRun(testRunOptions(1, { countFrom: 150 }));
    run.answer(2);
    run.advanceTo(150);
    expect([run.totals().injected, run.totals().replicaSeconds]).to.deep.equal([0, 0]);
    run.advanceTo(400);
    const { injected, replicaSeconds, counted } = run.finish();
    const whole = play(testRunOptions(1), 1).statistics;
    expect(injected).to.be.within(1, whole.injected - 1);
    expect([replicaSeconds, counted].map(Math.round)).to.deep.equal([500, 250]);
  });

  it('is over once its traffic has ended and every request with it', () => {
    const run: FleetRun = createFleetRun(testRunOptions(1));
    run.advanceTo(299);
    expect(run.isOver).to.equal(false);
    run.answer(8);
    run.advanceTo(400);
    expect(run.isOver).to.equal(true);
  });

  it('starts on the default grid', () => expect(createFleetRun(testRunOptions(1)).grid).to.equal(DEFAULT_GRID));
});

function isAscending(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value >= (values[i - 1] as number));
}
