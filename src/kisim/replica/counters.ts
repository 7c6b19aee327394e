import type { Seconds } from '../../base/units.js';
import { RecentValues } from './recent-values.js';
import type { BatchingCounters, ReplicaCounters } from './request.js';

/** Counters at zero, as after a start of the process. */
export function createCounters(ttftBounds: number, e2eBounds: number): ReplicaCounters {
  return {
    finished: 0,
    aborted: 0,
    promptTokens: 0,
    generationTokens: 0,
    preemptions: 0,
    prefixQueries: 0,
    prefixHits: 0,
    busySeconds: 0,
    ttftSum: 0,
    e2eSum: 0,
    ttftBuckets: new Float64Array(ttftBounds + 1),
    e2eBuckets: new Float64Array(e2eBounds + 1),
    ttftCount: 0,
    e2eCount: 0,
  };
}

/** A request has got its first token `ttft` after its arrival. */
export function countFirstToken(counters: ReplicaCounters, bounds: readonly Seconds[], ttft: Seconds): void {
  counters.ttftSum += ttft;
  counters.ttftCount++;
  countInBucket(counters.ttftBuckets, bounds, ttft);
}

/** A request is complete `latency` after its arrival. */
export function countCompletion(counters: ReplicaCounters, bounds: readonly Seconds[], latency: Seconds): void {
  counters.finished++;
  counters.e2eSum += latency;
  counters.e2eCount++;
  countInBucket(counters.e2eBuckets, bounds, latency);
}

/** The same of a server that executes whole batches; `recent`: the window of its summaries. */
export function createBatchingCounters(recent: ConstructorParameters<typeof RecentValues>[0]): BatchingCounters {
  return {
    executions: 0,
    queueSum: 0,
    peakRunning: 0,
    recentLatency: new RecentValues(recent),
    recentQueue: new RecentValues(recent),
    recentCompute: new RecentValues(recent),
  };
}

/** Counts one value in its bucket: the first whose upper bound is not below it, else the one above all bounds. */
function countInBucket(buckets: Float64Array, bounds: readonly Seconds[], value: Seconds): void {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  buckets[low] = (buckets[low] as number) + 1;
}
