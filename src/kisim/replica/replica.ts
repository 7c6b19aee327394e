import type { Ratio, Requests, Seconds } from '../../base/units.js';
import type { Outcome, ReplicaCounters } from './request.js';

/**
 * Told of what happens to requests, in order of time, by number: the caller's own index, so that nothing is allocated per
 * event. `scheduledAt` and `firstTokenAt` are NaN where the request never came that far.
 */
export interface ReplicaListener {
  onFirstToken(request: number, at: Seconds): void;
  onFinished(request: number, at: Seconds, outcome: Outcome, scheduledAt: Seconds, preemptions: number): void;
}

/**
 * One serving replica. Two engines implement it: the step engine (every engine step, vLLM v1's order; the reference) and
 * fast-forward (events only where something changes).
 */
export interface Replica {
  /**
   * Hands over a request at `now` (not before the last `advance`). False when the engine's queue is full (HTTP 429): the
   * request was not taken.
   */
  submit(
    request: number,
    now: Seconds,
    inputTokens: number,
    outputTokens: number,
    prefixGroup: number,
    prefixTokens: number,
  ): boolean;
  /** Removes a request wherever it is (client timeout); true when it was still here. Its listener is not called. */
  abort(request: number, now: Seconds): boolean;
  /** Lets everything happen that happens at or before `until`. */
  advance(until: Seconds): void;
  /** When something will happen next without further arrivals; Infinity when idle. */
  readonly nextEventAt: Seconds;
  /** Removes all requests, returns their numbers: a crash, or the end of a drain. */
  evict(now: Seconds): readonly number[];
  /** Steps that begin after `now` take `factor` times as long as the law says; above 1 is a slow pod. */
  setSpeedFactor?(factor: Ratio, now: Seconds): void;
  /** Requests that wait and have not begun, first come first; an engine without it keeps them when it is drained. */
  waitingRequests?(): readonly number[];
  readonly waiting: Requests;
  readonly running: Requests;
  /** Used share of KV blocks, as vLLM's kv_cache_usage_perc. */
  readonly kvUsage: Ratio;
  readonly counters: ReplicaCounters;
}
