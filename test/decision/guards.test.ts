import { expect } from 'chai';
import fc from 'fast-check';
import type { Freshness } from '../../src/decision/freshness.js';
import { applyGuards, GUARDS } from '../../src/decision/guards.js';
import type { SignalName } from '../../src/decision/signal.js';
import { assess } from '../../src/decision/situation.js';
import type { Workload } from '../../src/decision/workload.js';
import { buildWindow, buildWorkload, type SeriesValue } from '../support/windows.js';

const COMPLETE: Freshness = { kind: 'complete' };

interface Case {
  readonly series?: Partial<Record<SignalName, SeriesValue>>;
  readonly workload?: Partial<Workload>;
  readonly freshness?: Freshness;
}

function guarded(proposed: number, { series = {}, workload = {}, freshness = COMPLETE }: Case = {}) {
  return applyGuards(proposed, { situation: assess(buildWorkload(workload), buildWindow(series)), freshness });
}

const names = (result: ReturnType<typeof guarded>): string[] => result.corrections.map(({ guard }) => guard);

describe('guards', () => {
  it('leave a sound proposal alone', () => {
    expect(guarded(5)).to.deep.equal({ replicas: 5, corrections: [] });
    expect(guarded(3)).to.deep.equal({ replicas: 3, corrections: [] });
  });

  it('reactive-floor: keeps what the present load needs, whatever is proposed', () => {
    // 16 slots, 4 requests/s with 16 running on 4 replicas: a replica completes 4 requests/s at most, so 16/s need 5.
    const result = guarded(4, {
      series: { completionRate: 16, runningRequests: 64, arrivalRate: 19, specReplicas: 4 },
    });
    expect(result.replicas).to.equal(5);
    expect(names(result)).to.deep.equal(['reactive-floor']);
  });

  it('step: allows x2.5 up and x0.5 down per tick, and always one replica', () => {
    expect(guarded(20).replicas).to.equal(10);
    expect(guarded(20, { series: { specReplicas: 1, readyReplicas: 1, scrapedReplicas: 1 } }).replicas).to.be.oneOf([
      3,
    ]);
    const idle = { completionRate: 0, runningRequests: 0, specReplicas: 8, readyReplicas: 8, scrapedReplicas: 8 };
    expect(guarded(1, { series: idle }).replicas).to.equal(4);
    expect(guarded(1, { series: { ...idle, specReplicas: 2, readyReplicas: 2 } }).replicas).to.equal(1);
  });

  it('hysteresis: a dip of one tick does not take replicas away', () => {
    const steady = { completionRate: [12, 12, 12, 12], runningRequests: 48, specReplicas: 4, arrivalRate: 12 };
    const dip = { ...steady, arrivalRate: [12, 12, 12, 0] };
    const result = guarded(2, { series: dip });
    expect(result.replicas).to.equal(4);
    expect(names(result)).to.include('hysteresis');
  });

  it('no-down: holds on degraded metrics, on a growing queue and while replicas are cold-starting', () => {
    const idle = { completionRate: 0, runningRequests: 0 };
    for (const freshness of [
      { kind: 'degraded', because: 'stale' },
      { kind: 'degraded', because: 'partial' },
    ] as const) {
      expect(guarded(2, { series: idle, freshness }).replicas).to.equal(4);
    }
    expect(guarded(2, { series: { ...idle, startingReplicas: 1, oldestStartingAge: 30 } }).replicas).to.equal(4);
    expect(names(guarded(3, { series: { queueDepth: [0, 30] } }))).to.include('no-down');
  });

  it('no-down: replicas that have been starting for two cold starts are stuck and may be withdrawn', () => {
    const stuck = {
      completionRate: 0,
      runningRequests: 0,
      startingReplicas: 2,
      oldestStartingAge: 200,
      specReplicas: 6,
    };
    expect(guarded(4, { series: stuck }).replicas).to.equal(4);
  });

  it('idle-to-zero: goes to 0 only where the minimum allows it and nothing has come for five minutes', () => {
    const quiet = { completionRate: 0, runningRequests: 0, queueDepth: 0 };
    const toZero = { bounds: { minReplicas: 0, maxReplicas: 20 } };
    expect(guarded(2, { series: quiet, workload: toZero }).replicas).to.equal(0);
    expect(guarded(2, { series: quiet }).replicas).to.equal(2);
    const recent = { ...quiet, completionRate: [...Array<number>(10).fill(0), 1, ...Array<number>(15).fill(0)] };
    expect(guarded(1, { series: { ...recent, specReplicas: 1 }, workload: toZero }).replicas).to.equal(1);
  });

  it('idle-to-zero: stays at 0, where no engine is left to be asked, for as long as a gateway counts no arrival', () => {
    const toZero = { bounds: { minReplicas: 0, maxReplicas: 20 } };
    const gone = Number.NaN;
    const asleep = { queueDepth: gone, runningRequests: gone, completionRate: gone, specReplicas: 0, readyReplicas: 0 };
    const freshness = { kind: 'degraded', because: 'starting' } as const;
    const count = (arrivalRate: number | number[]): number =>
      guarded(2, { series: { ...asleep, arrivalRate }, workload: toZero, freshness }).replicas;
    expect(count(0)).to.equal(0);
    expect(count([...Array<number>(25).fill(0), 0.2])).to.be.at.least(1);
    expect(count(gone), 'nobody counts: unknown is no zero').to.be.at.least(1);
    const running = { series: { ...asleep, specReplicas: 2, arrivalRate: 0 }, workload: toZero, freshness };
    expect(guarded(2, running).replicas, 'stale metrics of a fleet that runs').to.be.at.least(1);
  });

  it('bounds: has the last word', () => {
    expect(guarded(9, { workload: { bounds: { minReplicas: 1, maxReplicas: 6 } } }).replicas).to.equal(6);
    expect(guarded(2, { workload: { bounds: { minReplicas: 3, maxReplicas: 6 } } }).replicas).to.equal(3);
    expect(guarded(9, { series: { hpaMaxReplicas: 5 } }).replicas).to.equal(5);
    expect(GUARDS.at(-1)?.name).to.equal('bounds');
  });

  it('each record what they changed, in the order of the table', () => {
    const order = GUARDS.map(({ name }) => name);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 400 }), (proposed, queue) => {
        const { replicas, corrections } = guarded(proposed, { series: { queueDepth: [0, queue] } });
        const positions = corrections.map(({ guard }) => order.indexOf(guard));
        expect(positions).to.deep.equal([...positions].sort((a, b) => a - b));
        expect(corrections.at(-1)?.to ?? proposed).to.equal(replicas);
      }),
    );
  });

  it('answer no less for more load: doubling arrivals never lowers the count', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 40, noNaN: true }), fc.integer({ min: 1, max: 20 }), (rate, proposed) => {
        const series = (arrivalRate: number) => ({ series: { arrivalRate } });
        expect(guarded(proposed, series(2 * rate)).replicas).to.be.at.least(guarded(proposed, series(rate)).replicas);
      }),
    );
  });
});
