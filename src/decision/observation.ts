import { createHash } from 'node:crypto';
import { FEATURES, type FeatureContext } from './features.js';
import { findSeason } from './past-features.js';
import { computeNeeds, DEFAULT_PLAN, largestOfLast } from './plan.js';
import type { Situation } from './situation.js';

/** Raised whenever a feature's meaning changes; a model trained for another schema is refused. */
export const OBSERVATION_VERSION = 2;

/** Length of an observation. */
export const OBSERVATION_SIZE = FEATURES.length;

/** Version and a hash over the names and ranges of the features in order, e.g. "1-9f86d081884c7d65". */
export const OBSERVATION_SCHEMA: string = `${OBSERVATION_VERSION}-${createHash('sha256')
  .update(FEATURES.map(({ name, low, high }) => `${name}:${low}:${high}`).join('\n'))
  .digest('hex')
  .slice(0, 16)}`;

const LONG_MEMORY_TICKS = 28;

/**
 * Turns a situation into what the network sees: writes OBSERVATION_SIZE dimensionless numbers to `out` at `offset`, each clipped
 * to its feature's range; a signal without samples takes the feature's neutral value. Always finite. Pure but for `out`.
 */
export function writeObservation(situation: Situation, out: Float32Array, offset = 0): void {
  const context = buildContext(situation);
  for (let i = 0; i < FEATURES.length; i++) {
    const { of, low, high } = FEATURES[i] as (typeof FEATURES)[number];
    const value = of(context);
    out[offset + i] = Number.isNaN(value) ? 0 : Math.max(low, Math.min(high, value));
  }
}

function buildContext(situation: Situation): FeatureContext {
  const { workload, window, bounds, capacity, demand, currentReplicas, readyReplicas } = situation;
  const n = Math.max(1, currentReplicas);
  const needs = computeNeeds(demand, capacity, DEFAULT_PLAN.targetUtilization);
  const past = { window, demand, capacity, load: situation.load };
  return {
    situation,
    workload,
    window,
    bounds,
    capacity,
    demand,
    n,
    r: Math.max(1, readyReplicas),
    rate: capacity.throughput * n,
    newest: window.grid.ticks - 1,
    plan1: Math.max(1, Math.ceil(largestOfLast(needs, 1))),
    plan28: Math.max(1, Math.ceil(largestOfLast(needs, LONG_MEMORY_TICKS))),
    past,
    season: findSeason(past),
  };
}
