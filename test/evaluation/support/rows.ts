import type { EvaluationRow } from '../../../src/evaluation/row.js';

/** One run's row, with what the test is about put in. */
export const buildRow = (overrides: Partial<EvaluationRow>): EvaluationRow => ({
  traffic: 'ramp',
  policy: 'planner',
  setting: 'default',
  price: 30,
  seed: 1,
  cost: 2,
  missRate: 0.01,
  changesPerHour: 10,
  p50: 0.1,
  p95: 0.5,
  p99: 1,
  replicaHours: 4,
  requests: 1000,
  ...overrides,
});
