import { expect } from 'chai';
import fc from 'fast-check';
import { estimateCapacity } from '../../src/decision/capacity.js';
import { computeDemand, estimateArrivals } from '../../src/decision/demand.js';
import { computePlan, DEFAULT_PLAN } from '../../src/decision/plan.js';
import { dampedHorizon, ewma, holt } from '../../src/decision/smoothing.js';
import { buildWindow, buildWorkload, withGap } from '../support/windows.js';

const newest = (values: Float64Array): number => values[values.length - 1] ?? Number.NaN;

describe('arrival estimate', () => {
  it('adds the growth of queue and running to completions', () => {
    const window = buildWindow({ completionRate: [4, 4], queueDepth: [0, 30], runningRequests: [12, 27] });
    expect(newest(estimateArrivals(window))).to.equal(4 + 30 / 15 + 15 / 15);
  });

  it('is never negative when a drained replica takes its running requests with it', () => {
    const window = buildWindow({ completionRate: 0, runningRequests: [60, 0] });
    expect(newest(estimateArrivals(window))).to.equal(0);
  });

  it("prefers a gateway's own counter", () => {
    expect(newest(estimateArrivals(buildWindow({ arrivalRate: 9, completionRate: 2 })))).to.equal(9);
  });

  it('carries the last known rate over a gap instead of reading it as silence', () => {
    const rates = estimateArrivals(withGap(buildWindow({ completionRate: 5 }), 8));
    expect(newest(rates)).to.equal(5);
  });

  it('finds every arrival over a long steady stretch, whatever share of it waits', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 50, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rate, served) => {
          const queueDepth = Array.from({ length: 64 }, (_, i) => i * 15 * rate * (1 - served));
          const window = buildWindow({ completionRate: rate * served, queueDepth });
          expect(newest(estimateArrivals(window))).to.be.closeTo(rate, 1e-6 * rate);
        },
      ),
    );
  });
});

describe('smoothing', () => {
  it('leaves a constant series constant', () => {
    const constant = new Float64Array(20).fill(7);
    expect([...ewma(constant, 0.25)]).to.deep.equal([...constant]);
    expect(newest(holt(constant, [0.5, 0.25, 0.9]).trend)).to.equal(0);
  });

  it('follows a line: the undamped limit of Holt extrapolates it', () => {
    const line = Float64Array.from({ length: 200 }, (_, i) => 3 * i);
    const { level, trend } = holt(line, [0.5, 0.25, 0.999999]);
    expect(newest(level) + 5 * newest(trend)).to.be.closeTo(3 * 204, 0.1);
  });

  it('sums the geometric series of a damped trend', () => {
    expect(dampedHorizon(0.9, 3)).to.be.closeTo(0.9 + 0.81 + 0.729, 1e-12);
    expect(dampedHorizon(0.9, 0)).to.equal(0);
  });
});

describe('capacity', () => {
  it('scales completions up to full slots before anything ever waited', () => {
    const capacity = estimateCapacity(buildWorkload(), buildWindow());
    expect(capacity).to.include({ throughputFrom: 'concurrency', maxNumSeqs: 16, coldStart: 90 });
    expect(capacity.throughput).to.be.closeTo((4 * 16) / 12, 1e-9);
  });

  it('takes the best five minutes under saturation once they were seen', () => {
    const queueDepth = Array.from({ length: 64 }, (_, i) => (i > 30 && i < 55 ? 20 : 0));
    const capacity = estimateCapacity(buildWorkload(), buildWindow({ queueDepth, completionRate: 8 }));
    expect(capacity).to.include({ throughputFrom: 'saturated' });
    expect(capacity.throughput).to.be.closeTo(2, 1e-9);
  });
});

describe('planner', () => {
  const planFor = (series: Parameters<typeof buildWindow>[0]): number => {
    const window = buildWindow(series);
    const capacity = estimateCapacity(buildWorkload(), window);
    return computePlan(window, computeDemand(window, capacity), capacity, DEFAULT_PLAN);
  };

  it('asks for load over planned throughput when nothing changes', () => {
    expect(planFor({})).to.be.closeTo(4 / ((4 * 16) / 12) / DEFAULT_PLAN.targetUtilization, 1e-9);
  });

  it('never asks for less when more arrives', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { minLength: 64, maxLength: 64 }), (rates) => {
        const doubled = rates.map((rate) => 2 * rate);
        expect(planFor({ arrivalRate: doubled })).to.be.at.least(planFor({ arrivalRate: rates }) - 1e-9);
      }),
    );
  });

  it('adds replicas for a standing queue and counts those that are starting already', () => {
    const waiting = { queueDepth: 200, runningRequests: 64, completionRate: 12 };
    const alone = planFor(waiting);
    expect(alone).to.be.greaterThan(planFor({ ...waiting, queueDepth: 0 }));
    const helped = planFor({ ...waiting, startingReplicas: 6, oldestStartingAge: 60, youngestStartingAge: 60 });
    expect(helped).to.be.lessThan(alone);
  });

  it('remembers a peak for its memory and keeps the floor of the last hour', () => {
    const burst = [...Array<number>(10).fill(4), 40, ...Array<number>(20).fill(4)];
    expect(planFor({ arrivalRate: burst })).to.be.greaterThan(2 * planFor({ arrivalRate: 4 }));
    expect(planFor({ arrivalRateP95Hour: 40 })).to.be.closeTo((DEFAULT_PLAN.hourFloor * 40) / ((4 * 16) / 12), 1e-9);
  });
});
