import type { Seconds } from '../../base/units.js';
import type { ReplicaCounters } from './request.js';

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

/** Counts one value in its bucket: the first whose upper bound is not below it, else the one above all bounds. */
export function countInBucket(buckets: Float64Array, bounds: readonly Seconds[], value: Seconds): void {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  buckets[low] = (buckets[low] as number) + 1;
}
