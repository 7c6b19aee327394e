import { expect } from 'chai';
import fc from 'fast-check';
import { FEATURES, lg } from '../../src/decision/features.js';
import { OBSERVATION_SCHEMA, OBSERVATION_SIZE, writeObservation } from '../../src/decision/observation.js';
import { SIGNAL_NAMES } from '../../src/decision/signal.js';
import { assess } from '../../src/decision/situation.js';
import { DEFAULT_GRID, emptyWindow, type Window } from '../../src/decision/window.js';
import type { Workload } from '../../src/decision/workload.js';
import { buildWindow, buildWorkload } from '../support/windows.js';

function observe(window: Window, workload: Workload = buildWorkload()): Record<string, number> {
  const out = new Float32Array(OBSERVATION_SIZE);
  writeObservation(assess(workload, window), out);
  return Object.fromEntries(FEATURES.map(({ name }, i) => [name, out[i] ?? Number.NaN]));
}

describe('observation', () => {
  it('has 71 uniquely named features and a schema that names its version', () => {
    expect(new Set(FEATURES.map(({ name }) => name)).size).to.equal(71);
    expect(OBSERVATION_SCHEMA).to.match(/^2-[0-9a-f]{16}$/);
  });

  it('follows the published formulas on a worked example', () => {
    // 4 replicas, 4 requests/s, 12 running in 16 slots: throughput 4 * 16 / 12 = 5.33 requests/s, capacity 21.3.
    const features = observe(buildWindow(), buildWorkload({ missPrice: 30, coldStart: 120 }));
    const capacity = (4 * 4 * 16) / 12;
    expect(features['price']).to.be.closeTo((2 * Math.log(30)) / Math.log(100) - 1.2, 1e-6);
    expect(features['cold-start']).to.be.closeTo(0.5, 1e-6);
    expect(features['ewma25']).to.be.closeTo(lg(4 / capacity), 1e-5);
    expect(features['p99']).to.be.closeTo(Math.log2(0.4 / 2) / 2, 1e-5);
    expect(features['slot-use']).to.be.closeTo(12 / 64 - 0.4, 1e-5);
    expect(features['granularity']).to.equal(0.25);
    expect(features['has-latency']).to.equal(1);
  });

  it('is finite and inside its ranges, whatever the telemetry says', () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, 1e300));
    const telemetry = fc.dictionary(fc.constantFrom(...SIGNAL_NAMES), fc.array(value, { minLength: 1, maxLength: 64 }));
    fc.assert(
      fc.property(telemetry, (series) => {
        const features = observe(buildWindow(series));
        for (const { name, low, high } of FEATURES) {
          expect(features[name], name).to.be.within(low - 1e-6, high + 1e-6);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is neutral, not zero-load certainty, on a window without samples', () => {
    const features = observe(emptyWindow(0, DEFAULT_GRID));
    expect(features['has-latency']).to.equal(0);
    expect(features['completions']).to.equal(0);
  });

  it('does not change when a fleet and its traffic grow by the same factor, but for its size features', () => {
    const scaled = (k: number) =>
      observe(
        buildWindow({
          specReplicas: 4 * k,
          readyReplicas: 4 * k,
          completionRate: 4 * k,
          runningRequests: 12 * k,
          queueDepth: 8 * k,
        }),
        buildWorkload({ bounds: { minReplicas: 1, maxReplicas: 20 * k } }),
      );
    const small = scaled(1);
    const large = scaled(3);
    const size = new Set(['replicas', 'granularity', 'dispersion', 'backlog', 'plan-1', 'plan-28', 'present']);
    for (const { name } of FEATURES) {
      if (!size.has(name)) expect(large[name], name).to.be.closeTo(small[name] ?? Number.NaN, 1e-5);
    }
  });
});
