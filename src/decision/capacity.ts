import { clamp } from '../base/numbers.js';
import type { RequestsPerSecond, Seconds } from '../base/units.js';
import { saturationThroughput } from './serving-profile.js';
import { latest, type Window } from './window.js';
import type { Workload } from './workload.js';

/** What one replica can do, as far as is known before this tick. */
export interface Capacity {
  /** Requests per second one replica completes when it never lacks work; > 0. */
  readonly throughput: RequestsPerSecond;
  readonly throughputFrom: 'profile' | 'saturated' | 'concurrency' | 'unknown';
  /** Requests one replica serves at a time; >= 1. */
  readonly maxNumSeqs: number;
  /** Seconds from creation to ready; > 0. */
  readonly coldStart: Seconds;
}

/** KEDA's default poll plus a small model's load: what is assumed when nothing was ever measured (keda-contract table). */
const DEFAULT_COLD_START: Seconds = 180;
const DEFAULT_MAX_NUM_SEQS = 256;
/** No replica of any engine serves less or more; telemetry that says so is wrong and must not divide anything. */
const PLAUSIBLE_THROUGHPUT = [1e-3, 1e5] as const;
const SATURATION_SPAN: Seconds = 300;

/**
 * Causal capacity estimate: only the workload's description and the window are used, never the traffic to come. Pure.
 * Throughput comes from the profile at the observed mean token lengths; without a profile from the largest 5-minute mean of
 * completions per ready replica while requests were waiting; before that was seen, from completions scaled up to full slots.
 */
export function estimateCapacity(workload: Workload, window: Window): Capacity {
  const maxNumSeqs = workload.maxNumSeqs ?? workload.profile?.maxNumSeqs ?? observedSlots(window);
  const coldStart =
    workload.coldStart ?? latest(window, 'coldStartP90')?.value ?? workload.profile?.coldStart ?? DEFAULT_COLD_START;
  const { throughput, throughputFrom } = estimateThroughput(workload, window, maxNumSeqs);
  return {
    throughput: clamp(throughput, ...PLAUSIBLE_THROUGHPUT),
    throughputFrom,
    maxNumSeqs,
    coldStart: Math.max(1, coldStart),
  };
}

type Throughput = Pick<Capacity, 'throughput' | 'throughputFrom'>;

function estimateThroughput(workload: Workload, window: Window, maxNumSeqs: number): Throughput {
  const { profile } = workload;
  if (profile) {
    const { input, output } = meanTokens(window) ?? {
      input: profile.meanInputTokens,
      output: profile.meanOutputTokens,
    };
    return { throughput: saturationThroughput(profile, input, output), throughputFrom: 'profile' };
  }
  const saturated = saturatedThroughput(window);
  if (saturated !== undefined) return { throughput: saturated, throughputFrom: 'saturated' };
  const scaled = concurrencyThroughput(window, maxNumSeqs);
  if (scaled !== undefined) return { throughput: scaled, throughputFrom: 'concurrency' };
  return { throughput: 1, throughputFrom: 'unknown' };
}

/** Mean lengths over the window's newest minute with completions, or undefined before any completion. */
function meanTokens(window: Window): { readonly input: number; readonly output: number } | undefined {
  const { promptTokenRate, generationTokenRate, finishedRate } = window.series;
  let prompts = 0;
  let generated = 0;
  let finished = 0;
  for (let i = 0; i < finishedRate.length; i++) {
    const rate = finishedRate[i] as number;
    const prompt = promptTokenRate[i] as number;
    const generation = generationTokenRate[i] as number;
    if (!(rate > 0) || Number.isNaN(prompt) || Number.isNaN(generation)) continue;
    prompts += prompt;
    generated += generation;
    finished += rate;
  }
  return finished > 0 ? { input: prompts / finished, output: generated / finished } : undefined;
}

function saturatedThroughput(window: Window): number | undefined {
  const { completionRate, readyReplicas, queueDepth } = window.series;
  const span = Math.max(1, Math.round(SATURATION_SPAN / window.grid.interval));
  let best: number | undefined;
  let run = 0;
  let sum = 0;
  for (let i = 0; i < completionRate.length; i++) {
    const perReplica = (completionRate[i] as number) / Math.max(1, readyReplicas[i] as number);
    if (!((queueDepth[i] as number) > 0) || Number.isNaN(perReplica)) {
      run = 0;
      sum = 0;
      continue;
    }
    run++;
    sum += perReplica;
    if (run > span) {
      sum -= (completionRate[i - span] as number) / Math.max(1, readyReplicas[i - span] as number);
      run = span;
    }
    if (run === span && sum > 0) best = Math.max(best ?? 0, sum / span);
  }
  return best;
}

function concurrencyThroughput(window: Window, maxNumSeqs: number): number | undefined {
  const { completionRate, runningRequests } = window.series;
  for (let i = completionRate.length - 1; i >= 0; i--) {
    const completed = completionRate[i] as number;
    const running = runningRequests[i] as number;
    if (completed > 0 && running > 0) return (completed * maxNumSeqs) / running;
  }
  return undefined;
}

function observedSlots(window: Window): number {
  const { runningRequests, readyReplicas, queueDepth } = window.series;
  let most = 0;
  for (let i = 0; i < runningRequests.length; i++) {
    const perReplica = (runningRequests[i] as number) / Math.max(1, readyReplicas[i] as number);
    if ((queueDepth[i] as number) > 0 && perReplica > most) most = perReplica;
  }
  return most >= 1 ? most : DEFAULT_MAX_NUM_SEQS;
}
