import { expect } from 'chai';
import fc from 'fast-check';
import { type Fault, faultSchema } from '../../../src/kisim/fault.js';
import { DRAIN_MODES } from '../../../src/kisim/fleet/kubelet.js';
import { createFleetRun } from '../../../src/scenarios/create-fleet-run.js';
import type { FleetRun, RunStatistics, RunTotals } from '../../../src/scenarios/fleet-run.js';
import { testNodes } from '../support/fleet-bench.js';
import { randomFaults, TEST_NODES } from '../support/random-faults.js';
import { testRunOptions, testTraffic } from '../support/runs.js';

const ended = (of: RunTotals): number => of.completed + of.timedOut + of.rejected + of.lost + of.unfinished;

function open(seed: number, faults: readonly Fault[]): FleetRun {
  return createFleetRun(
    testRunOptions(seed, {
      traffic: testTraffic(seed, { low: 2, high: 16, duration: 250 }),
      nodePools: TEST_NODES,
      drainMode: DRAIN_MODES[seed % DRAIN_MODES.length] ?? 'wait',
      failures:
        seed % 2 === 0
          ? { podMtbf: 120, nodeMtbf: 200, spotMtbf: 100, spotNotice: 20, nodeRepair: { median: 50, sigma: 0.3 } }
          : {},
      faults,
    }),
  );
}

/** Plays a run whose count goes up and down; `look` after every second. */
function play(run: FleetRun, look: (run: FleetRun) => void = () => {}): RunStatistics {
  for (let now = 1; now <= 330; now++) {
    run.advanceTo(now);
    if (now % 15 === 0) run.answer(2 + ((now / 15) % 5));
    look(run);
  }
  return run.finish();
}

describe('faults', () => {
  it('leave every request with exactly one outcome, whatever happens together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const statistics = play(open(seed, randomFaults(seed)), (run) => {
          if (run.now % 15 !== 0) return;
          const at = run.totals();
          expect(at.injected).to.equal(ended(at) + at.inFlight);
        });
        expect(statistics.injected).to.equal(ended(statistics));
        expect(statistics.misses).to.be.within(statistics.injected - statistics.completed, statistics.injected);
      }),
      { numRuns: 40 },
    );
  });

  it('bill the pods that exist, no more and no less: a count every second comes to the same', () => {
    for (const seed of [1, 2, 3, 4]) {
      let counted = 0;
      const statistics = play(open(seed, randomFaults(seed)), (run) => {
        const { starting, ready, draining } = run.replicas;
        counted += starting + ready + draining;
      });
      expect(statistics.replicaSeconds).to.be.closeTo(counted, 0.02 * counted + 15);
    }
  });

  it('give the same bytes for the same seed', () => {
    const once = play(open(7, randomFaults(7)));
    expect(play(open(7, randomFaults(7)))).to.deep.equal(once);
  });

  it('count phases, unschedulable and crash-looping pods among the starting ones', () => {
    for (const seed of [5, 6, 8]) {
      play(open(seed, randomFaults(seed)), (run) => {
        const { starting, phases, unschedulable, crashLooping } = run.replicas;
        expect(Object.values(phases).reduce((a, b) => a + b)).to.equal(starting);
        expect(unschedulable + crashLooping).to.be.at.most(starting);
      });
    }
  });

  it('are over where they are over: a fleet that is left alone gets back to its spec, all ready', () => {
    for (const seed of [1, 2, 3, 4, 5, 6].map((n) => 2 * n + 1)) {
      const run = open(seed, randomFaults(seed));
      play(run);
      run.applySpec(4);
      run.advanceTo(1500);
      expect(run.replicas).to.include({ ready: run.replicas.spec, starting: 0, draining: 0 });
    }
  });

  it('slow a pod down for their time and no longer', () => {
    const service = (faults: readonly object[]): number => {
      const run = createFleetRun(
        testRunOptions(3, {
          initialReplicas: 1,
          traffic: testTraffic(3, { low: 0.2, high: 0.4 }),
          faults: faults.map((line) => faultSchema.parse(line)),
        }),
      );
      run.answer(1);
      run.advanceTo(200);
      return run.finish().e2e.p50;
    };
    const usual = service([]);
    for (const line of [
      { kind: 'noisy-neighbour', nodes: 1 },
      { kind: 'slow-pods', pods: 1 },
    ]) {
      expect(service([{ ...line, at: 0, until: 0.001, factor: 5 }])).to.equal(usual);
      expect(service([{ ...line, at: 0, factor: 5 }])).to.be.above(2 * usual);
    }
  });

  it('make the phases of a cold start longer that they name, nodes on order among them', () => {
    const readyAt = (line: object): number => {
      const fault = faultSchema.parse({ kind: 'slow-start', at: 0, factor: 3, ...line });
      const run = createFleetRun(
        testRunOptions(1, {
          initialReplicas: 2,
          nodePools: [testNodes({ gpusPerNode: 2, max: 2 })],
          coldStart: { phases: { image: { median: 30, sigma: 0 }, engine: { median: 10, sigma: 0 } } },
          faults: [fault],
        }),
      );
      run.answer(3);
      run.advanceTo(0.001);
      run.applySpec(3);
      for (let now = 1; now < 600; now++) {
        run.advanceTo(now);
        if (run.replicas.ready === 3) return now;
      }
      return Number.NaN;
    };
    expect(readyAt({ factor: 1 })).to.equal(100 + 30 + 10 + 1);
    expect(readyAt({ phases: ['image'] })).to.equal(100 + 90 + 10 + 1);
    expect(readyAt({ phases: ['node'] })).to.equal(300 + 30 + 10 + 1);
    expect(readyAt({})).to.equal(100 + 90 + 30 + 1);
  });

  const bad: readonly [object, RegExp][] = [
    [{ kind: 'pod-crash', at: 0, pods: 0 }, /pods/],
    [{ kind: 'slow-pods', at: 0, factor: 0 }, /factor/],
    [{ kind: 'zone-loss', at: 0 }, /zone/],
    [{ kind: 'spot-reclaim', at: 0, notice: '2h' }, /notice/],
    [{ kind: 'rollout', at: 0, maxSurge: '25' }, /percentage such as 25%/],
    [{ kind: 'slow-start', at: 0, factor: 2, phases: ['boot'] }, /phases/],
    [{ kind: 'gpu-xid', at: -1 }, /duration from 0s/],
  ];
  for (const [line, message] of bad) {
    it(`are refused when out of range: ${JSON.stringify(line)}`, () => {
      const result = faultSchema.safeParse(line);
      expect(result.success).to.equal(false);
      expect(JSON.stringify(result.error?.issues)).to.match(message);
    });
  }
});
