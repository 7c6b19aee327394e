import { createRng } from '../../../src/base/rng.js';
import { type Fault, faultSchema } from '../../../src/kisim/fault.js';
import { testNodes } from './fleet-bench.js';

/** A cluster with zones, spot nodes and room to grow, for runs in which everything goes wrong. */
export const TEST_NODES = [
  testNodes({ gpusPerNode: 2, count: 2, max: 4, zones: ['a', 'b'], idleAfter: 60 }),
  testNodes({ name: 'spot', gpusPerNode: 2, count: 1, max: 3, zones: ['a', 'b'], capacity: 'spot', priceFactor: 0.4 }),
];

const LINES: readonly object[] = [
  { kind: 'pod-crash', pods: 2 },
  { kind: 'pod-crash', pods: 1, until: 200 },
  { kind: 'oom', pods: 1, until: 280, after: 20 },
  { kind: 'slow-pods', pods: 2, factor: 4, until: 220 },
  { kind: 'slow-start', factor: 3, until: 250 },
  { kind: 'rollout' },
  { kind: 'stock-out', until: 180 },
  { kind: 'node-loss', nodes: 1, until: 200 },
  { kind: 'node-loss', nodes: 1 },
  { kind: 'zone-loss', zone: 'a', until: 160 },
  { kind: 'spot-reclaim', nodes: 2, notice: 30 },
  { kind: 'gpu-xid', gpus: 1, until: 240 },
  { kind: 'noisy-neighbour', nodes: 1, factor: 3, until: 150 },
  { kind: 'metrics-stop', until: 260 },
];

/** Some fault lines at times of the first 250 seconds, every kind at times. */
export function randomFaults(seed: number): readonly Fault[] {
  const rng = createRng(seed).stream('faults');
  return LINES.flatMap((line) =>
    rng.next() < 0.35 ? [faultSchema.parse({ ...line, at: Math.round(250 * rng.next()) })] : [],
  );
}
