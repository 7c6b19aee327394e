import type { Pod } from '../pod.js';
import type { Router } from './router.js';

/** Fewest requests in flight; among equals the next one after the last choice, so that no pod is favoured. */
export function createLeastOutstanding(): Router {
  let turn = 0;
  return (pods) => {
    const count = pods.length;
    let index = turn < count ? turn : 0;
    let best = pods[index] as Pod;
    let chosen = index;
    for (let i = 1; i < count; i++) {
      index = index + 1 === count ? 0 : index + 1;
      const pod = pods[index] as Pod;
      if (pod.inFlight < best.inFlight) {
        best = pod;
        chosen = index;
      }
    }
    turn = chosen + 1;
    return best;
  };
}
