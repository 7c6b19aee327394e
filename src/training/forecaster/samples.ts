import { LOAD_OFFSET } from '../../decision/forecast.js';
import { OBSERVATION_SIZE } from '../../decision/observation.js';

/** Horizons of a sample's target: short and long. */
export const TARGETS = 2;

/** What a forecaster learns from: an observation and what then came. */
export interface SampleSet {
  readonly count: number;
  /** [count][OBSERVATION_SIZE]. */
  readonly rows: Float32Array;
  /** [count][TARGETS]: log2((true peak + 0.2) / (believed present load + 0.2)). */
  readonly targets: Float32Array;
}

/** Joins sets in their order. */
export function joinSamples(sets: readonly SampleSet[]): SampleSet {
  const count = sets.reduce((sum, set) => sum + set.count, 0);
  const rows = new Float32Array(count * OBSERVATION_SIZE);
  const targets = new Float32Array(count * TARGETS);
  let at = 0;
  for (const set of sets) {
    rows.set(set.rows.subarray(0, set.count * OBSERVATION_SIZE), at * OBSERVATION_SIZE);
    targets.set(set.targets.subarray(0, set.count * TARGETS), at * TARGETS);
    at += set.count;
  }
  return { count, rows, targets };
}

/** The target of a sample: the peak over the load that was believed when it was taken. */
export function targetOf(peak: number, load: number): number {
  return Math.log2((peak + LOAD_OFFSET) / (load + LOAD_OFFSET));
}
