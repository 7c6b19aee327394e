import type { Pod } from '../pod.js';
import type { Router } from './router.js';

/**
 * The pod whose KV cache is emptiest; among equals the one with fewest requests in flight, for requests that wait hold no
 * blocks; then the next one after the last choice. It sees the caches as they are, where a gateway sees them a scrape late.
 */
export function createLeastKv(): Router {
  let turn = 0;
  return (pods) => {
    const count = pods.length;
    let index = turn < count ? turn : 0;
    let best = pods[index] as Pod;
    let usage = kvUsage(best);
    let chosen = index;
    for (let i = 1; i < count; i++) {
      index = index + 1 === count ? 0 : index + 1;
      const pod = pods[index] as Pod;
      const other = kvUsage(pod);
      if (other > usage || (other === usage && pod.inFlight >= best.inFlight)) continue;
      best = pod;
      usage = other;
      chosen = index;
    }
    turn = chosen + 1;
    return best;
  };
}

function kvUsage(pod: Pod): number {
  return pod.replica === undefined ? 0 : pod.replica.kvUsage;
}
