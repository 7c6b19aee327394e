import type { Replicas } from '../base/units.js';
import type { Correction, ProposalFailure } from './decision.js';
import { describeDriver, type ForecastDriver } from './driving-quantile.js';
import type { Freshness } from './freshness.js';
import type { Situation } from './situation.js';

/** What a sentence is made of. */
export interface Explained {
  readonly situation: Situation;
  readonly freshness: Freshness;
  readonly replicas: Replicas;
  readonly corrections: readonly Correction[];
  readonly because?: ProposalFailure;
  readonly driver?: ForecastDriver;
}

const FAILURE_WORDS: Readonly<Record<ProposalFailure, string>> = {
  KIS_MODEL_MISSING: 'no model loaded',
  KIS_MODEL_INVALID: 'model failed its checks',
  KIS_MODEL_NOT_FINITE: 'model answered no number',
  KIS_MODEL_SLOW: 'model too slow',
  KIS_MODEL_OUT_OF_RANGE: 'traffic unlike anything trained on',
  KIS_OBSERVATION_INCOMPLETE: 'window incomplete',
};

/** One plain sentence for people, e.g. "6 -> 9: queue 41, load 7.2 replicas, cold start 90 s". Pure. */
export function explain({ situation, freshness, replicas, corrections, because, driver }: Explained): string {
  const { currentReplicas, capacity, load, demand, startingReplicas } = situation;
  const queue = demand.queue[demand.queue.length - 1] ?? 0;
  const reasons: string[] = [];
  if (queue > 0) reasons.push(`queue ${Math.round(queue)}`);
  reasons.push(`load ${load.toFixed(1)} replicas`);
  if (driver) reasons.push(describeDriver(driver));
  if (startingReplicas > 0) reasons.push(`${startingReplicas} starting`);
  if (replicas > currentReplicas) reasons.push(`cold start ${Math.round(capacity.coldStart)} s`);
  if (freshness.kind === 'degraded') reasons.push(`${freshness.because} metrics, not scaling down`);
  const last = corrections[corrections.length - 1];
  if (last) reasons.push(`${last.guard} guard made ${last.from} ${last.to}`);
  if (because) reasons.push(`planner answers: ${FAILURE_WORDS[because]}`);
  const head = replicas === currentReplicas ? `${replicas} stays` : `${currentReplicas} -> ${replicas}`;
  return `${head}: ${reasons.join(', ')}`;
}
