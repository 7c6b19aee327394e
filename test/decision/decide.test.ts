import { expect } from 'chai';
import fc from 'fast-check';
import { decide } from '../../src/decision/decide.js';
import type { Decision, Proposal, Refusal } from '../../src/decision/decision.js';
import { SIGNAL_NAMES, SIGNALS } from '../../src/decision/signal.js';
import { buildWindow, buildWorkload, withGap } from '../support/windows.js';

const planner = (replicas: number): Proposal => ({ policy: 'planner', ok: true, replicas });
const learned = (replicas: number): Proposal => ({ policy: 'learned', ok: true, replicas });

function decided(result: Decision | Refusal): Decision {
  if (result.kind !== 'decision') throw new Error(`refused: ${result.code}`);
  return result;
}

describe('decide', () => {
  const workload = buildWorkload({ policy: 'learned' });

  it("takes the workload's own proposal", () => {
    const decision = decided(decide(workload, buildWindow(), [planner(9), learned(6)]));
    expect(decision).to.include({ replicas: 6, source: 'policy', currentReplicas: 4 });
    expect(decision.corrections).to.deep.equal([]);
  });

  it('lets the planner answer when the policy cannot, and says why', () => {
    const failed: Proposal = { policy: 'learned', ok: false, because: 'KIS_MODEL_INVALID' };
    const decision = decided(decide(workload, buildWindow(), [failed, planner(5)]));
    expect(decision).to.include({ replicas: 5, source: 'planner', because: 'KIS_MODEL_INVALID' });
  });

  it('treats a proposal that is no number as a failed one', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      expect(decided(decide(workload, buildWindow(), [learned(value), planner(5)])).source).to.equal('planner');
    }
  });

  it('refuses instead of guessing when nobody has proposed anything usable', () => {
    expect(decide(workload, buildWindow(), [planner(Number.NaN)]).kind).to.equal('refusal');
    expect(decide(workload, buildWindow(), []).kind).to.equal('refusal');
  });

  it('never scales down while metrics are stale, and refuses once they are too old', () => {
    const stale = decided(decide(workload, withGap(buildWindow(), 6), [planner(1), learned(1)]));
    expect(stale.replicas).to.equal(4);
    expect(stale.corrections.map(({ guard }) => guard)).to.include('no-down');
    const dead = decide(workload, withGap(buildWindow(), 12), [planner(1), learned(1)]);
    expect(dead).to.include({ kind: 'refusal', code: 'KIS_METRICS_STALE' });
  });

  it('says what it did in one plain sentence', () => {
    const window = buildWindow({ queueDepth: 41, completionRate: 7 });
    expect(decided(decide(workload, window, [planner(9), learned(9)])).sentence).to.match(
      /^4 -> \d+: queue 41, load \d+\.\d replicas, cold start 90 s/,
    );
  });

  it('answers a finite integer within bounds or a coded refusal, whatever the telemetry says', () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 1e300));
    const telemetry = fc.dictionary(fc.constantFrom(...SIGNAL_NAMES), fc.array(value, { minLength: 1, maxLength: 64 }));
    fc.assert(
      fc.property(telemetry, value, value, (series, own, fallback) => {
        const result = decide(workload, buildWindow(series), [learned(own), planner(fallback)]);
        if (result.kind === 'refusal') return;
        expect(Number.isInteger(result.replicas)).to.equal(true);
        expect(result.replicas).to.be.within(1, 20);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives equal answers for equal windows', () => {
    const inRange = SIGNAL_NAMES.map((name) => fc.double({ min: SIGNALS[name].min, max: 100, noNaN: true }));
    fc.assert(
      fc.property(fc.tuple(...inRange), fc.integer({ min: 1, max: 20 }), (values, proposed) => {
        const series = Object.fromEntries(SIGNAL_NAMES.map((name, i) => [name, values[i] ?? 0]));
        const once = decide(workload, buildWindow(series), [learned(proposed), planner(3)]);
        expect(decide(workload, buildWindow(series), [learned(proposed), planner(3)])).to.deep.equal(once);
      }),
    );
  });
});
