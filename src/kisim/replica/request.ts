import type { Requests, Seconds, Tokens } from '../../base/units.js';
import type { RecentValues } from './recent-values.js';

/** How a logical request ended; every one of them ends in exactly one of these. */
export type Outcome = 'completed' | 'timed-out' | 'rejected' | 'lost' | 'unfinished';

/** One request to serve. */
export interface RequestSpec {
  readonly arrival: Seconds;
  readonly inputTokens: Tokens;
  /** Tokens to generate, >= 1. */
  readonly outputTokens: Tokens;
  /** Requests of one group (>= 0) share their first `prefixTokens` tokens; -1: unique. */
  readonly prefixGroup?: number;
  readonly prefixTokens?: Tokens;
}

/**
 * What became of one request; times are absolute simulation seconds, NaN where it never came that far. Arrival is that of its
 * first attempt, `scheduledAt` and `firstTokenAt` those of its last one.
 */
export interface RequestRecord {
  readonly arrival: Seconds;
  readonly inputTokens: Tokens;
  readonly outputTokens: Tokens;
  readonly scheduledAt: Seconds;
  readonly firstTokenAt: Seconds;
  readonly finishedAt: Seconds;
  readonly preemptions: number;
  readonly outcome: Outcome;
  /** How often its client asked, >= 1. */
  readonly attempts: number;
}

/** How long a request made its client wait, seconds; NaN where it never came that far. */
export interface RequestLatencies {
  /** Time to first token, from arrival. */
  readonly ttft: Seconds;
  /** Mean time per output token after the first; of completed requests with at least two. */
  readonly tpot: Seconds;
  /** From arrival to the last token; of completed requests. */
  readonly latency: Seconds;
}

export function latenciesOf({
  arrival,
  firstTokenAt,
  finishedAt,
  outputTokens,
  outcome,
}: RequestRecord): RequestLatencies {
  const isCompleted = outcome === 'completed';
  return {
    ttft: firstTokenAt - arrival,
    tpot: isCompleted && outputTokens >= 2 ? (finishedAt - firstTokenAt) / (outputTokens - 1) : Number.NaN,
    latency: isCompleted ? finishedAt - arrival : Number.NaN,
  };
}

/** Cumulative counters of one replica since it started, as its engine would export them; histograms hold counts per bucket. */
export interface ReplicaCounters {
  /** Whatever the reason, as vllm:request_success_total counts: completed and aborted. */
  finished: Requests;
  aborted: Requests;
  promptTokens: Tokens;
  generationTokens: Tokens;
  preemptions: number;
  /** Prompt tokens that were looked up in the prefix cache at first admission, and that were found there. */
  prefixQueries: Tokens;
  prefixHits: Tokens;
  /** Engine steps are busy; seconds during which the GPU worked. */
  busySeconds: Seconds;
  ttftSum: Seconds;
  e2eSum: Seconds;
  /** Not cumulative over buckets; length bounds + 1 (the last is above every bound). */
  readonly ttftBuckets: Float64Array;
  readonly e2eBuckets: Float64Array;
  ttftCount: Requests;
  e2eCount: Requests;
  /** Only of servers that execute whole batches. */
  readonly batching?: BatchingCounters;
}

/** What a server that executes whole batches counts besides, of requests that it has answered. */
export interface BatchingCounters {
  executions: number;
  /** From arrival to the begin of execution; the rest of a request's time is its execution. */
  queueSum: Seconds;
  /** Most requests that were in execution at once: what buffers and arenas on the GPU have grown to. */
  peakRunning: Requests;
  /** Of the last minute, in seconds. */
  readonly recentLatency: RecentValues;
  readonly recentQueue: RecentValues;
  readonly recentCompute: RecentValues;
}
