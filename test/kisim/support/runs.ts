import { createRng } from '../../../src/base/rng.js';
import type { VllmProfile } from '../../../src/decision/serving-profile.js';
import type { Workload } from '../../../src/decision/workload.js';
import { BEHAVIORS } from '../../../src/kisim/control.js';
import { logNormalLength } from '../../../src/kisim/traffic/length-distribution.js';
import { PATTERNS } from '../../../src/kisim/traffic/patterns.js';
import { createRateTraffic } from '../../../src/kisim/traffic/rate-traffic.js';
import type { Traffic } from '../../../src/kisim/traffic/traffic.js';
import type { FleetRunOptions } from '../../../src/scenarios/create-fleet-run.js';
import { createSlotReplica, TEST_BOUNDS } from './slot-replica.js';

export const TEST_PROFILE: VllmProfile = {
  engine: 'vllm',
  name: 'test',
  // Eight slots at 60 tokens a second each: 4.8 requests a second.
  law: { base: 1 / 60, perToken: 0, perDecode: 0, perKvToken: 0, perPrefillPair: 0 },
  maxNumSeqs: 8,
  maxBatchedTokens: 2048,
  kvCapacity: 100_000,
  blockSize: 16,
  gpus: 1,
  gpuMemory: { totalMiB: 81_920, usedMiB: 73_000, reservedMiB: 600 },
  coldStart: 60,
  pricePerHour: 6.88,
  meanInputTokens: 200,
  meanOutputTokens: 100,
};

export function testWorkload(changes: Partial<Workload> = {}): Workload {
  return {
    namespace: 'test',
    name: 'llm',
    engine: 'vllm',
    slo: { metric: 'ttft', limit: 2 },
    bounds: { minReplicas: 1, maxReplicas: 10 },
    missPrice: 30,
    policy: 'planner',
    profile: TEST_PROFILE,
    backend: 'default',
    hpaTolerance: 0,
    ...changes,
  };
}

/** Poisson traffic between two rates. */
export function testTraffic(seed: number, { low = 2, high = 8, duration = 300 } = {}): Traffic {
  const rng = createRng(seed).stream('traffic');
  return createRateTraffic(
    {
      path: PATTERNS.random({ low, high, duration }, rng.stream('shape')),
      lengths: { input: logNormalLength(200, 0.5), output: logNormalLength(100, 0.5) },
    },
    rng,
  );
}

/** A small fleet of slot replicas: four slots of about a second each. */
export function testRunOptions(seed: number, changes: Partial<FleetRunOptions> = {}): FleetRunOptions {
  return {
    workload: testWorkload(),
    profile: TEST_PROFILE,
    traffic: testTraffic(seed),
    seed,
    createReplica: (listener) =>
      createSlotReplica(
        { slots: 4, queueCapacity: 50, serviceTime: (_, output) => output / 100, bounds: TEST_BOUNDS },
        listener,
      ),
    latencyBounds: TEST_BOUNDS,
    initialReplicas: 2,
    coldStart: { median: 40, sigma: 0.2 },
    control: { behavior: BEHAVIORS.recommended, pollingInterval: 15, cooldownPeriod: 0 },
    clientTimeout: 20,
    ...changes,
  };
}
