import { clamp } from '../base/numbers.js';
import type { Seconds } from '../base/units.js';
import { lg } from '../decision/features.js';
import type { Situation } from '../decision/situation.js';
import type { ReplicaCounts } from '../kisim/fleet/replica-counts.js';
import { ARRIVALS_BIN, type Episode, type Truth } from './episode.js';

/** How far ahead the critic is told the mean load. */
const REACHES: readonly Seconds[] = [15, 60, 180, 600];

/** Numbers that `writeTruth` writes. */
export const TRUTH_SIZE: number = REACHES.length + 9;

/** What is so at this moment. */
export interface Present {
  readonly tick: Seconds;
  readonly replicas: ReplicaCounts;
  /** log2 of the multiple of the law's count that is favoured; 0: none is. */
  readonly leaning: number;
}

/**
 * What the critic sees beside the observation and no policy ever does (a privileged, or asymmetric, critic: Pinto et al. 2018): the
 * load to come, how wrong the declared capacity and cold start are, the fleet as it is at this moment, and what rewards are
 * divided by. Writes TRUTH_SIZE dimensionless numbers, about within [-2, 2].
 */
export function writeTruth(
  { truth, workload }: Episode,
  situation: Situation,
  { tick, replicas, leaning }: Present,
  out: Float32Array,
  offset: number,
): void {
  const n = Math.max(1, situation.currentReplicas);
  let at = offset;
  for (const reach of REACHES) out[at++] = lg(meanLoad(truth, tick, reach) / n);
  out[at++] = lg(peakLoad(truth, tick, truth.coldStart + 30) / n);
  out[at++] = logRatio(truth.throughput, situation.capacity.throughput);
  out[at++] = logRatio(truth.coldStart, workload.coldStart ?? truth.coldStart);
  out[at++] = Math.log2(truth.cv) / 3;
  out[at++] = Math.log2(truth.meanLoad) / 4;
  out[at++] = Math.log2(Math.max(1, replicas.spec) / n);
  out[at++] = lg(replicas.ready / n);
  out[at++] = lg(replicas.starting / n);
  out[at++] = leaning;
}

function logRatio(a: number, b: number): number {
  return clamp(Math.log2(a / b), -2, 2);
}

/** Mean load in replicas over the next `reach` seconds, or over what is left of the run. */
function meanLoad({ arrivals, throughput }: Truth, now: Seconds, reach: Seconds): number {
  const begin = Math.min(arrivals.length - 1, Math.floor(now / ARRIVALS_BIN));
  const end = Math.min(arrivals.length, begin + Math.round(reach / ARRIVALS_BIN));
  let sum = 0;
  for (let i = begin; i < end; i++) sum += arrivals[i] as number;
  return sum / ((end - begin) * ARRIVALS_BIN * throughput);
}

/** Bins of a minute. */
const MINUTE = 60 / ARRIVALS_BIN;

/** Largest mean load of 60 s that begins within the next `reach` seconds. */
function peakLoad({ arrivals, throughput }: Truth, now: Seconds, reach: Seconds): number {
  const begin = Math.min(arrivals.length - 1, Math.floor(now / ARRIVALS_BIN));
  const end = Math.min(arrivals.length, begin + Math.ceil(reach / ARRIVALS_BIN));
  let sum = 0;
  let largest = 0;
  for (let i = begin; i < end; i++) {
    sum += arrivals[i] as number;
    if (i - begin >= MINUTE) sum -= arrivals[i - MINUTE] as number;
    largest = Math.max(largest, sum);
  }
  return largest / (60 * throughput);
}
