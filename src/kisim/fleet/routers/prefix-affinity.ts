import type { Pod } from '../pod.js';
import type { Router } from './router.js';

/** A pod may hold this many times the mean number of requests in flight before a group overflows to its next pod. */
export const LOAD_BOUND = 1.25;

/**
 * Requests of one prefix group go to one pod, where that prefix is cached: the pod with the highest hash of (group, ordinal)
 * among those that are not overloaded, so that a pod that comes or goes moves only its own groups (rendezvous hashing with the
 * bounded loads of Mirrokni, Thorup and Zadimoghaddam 2018). `otherwise` places requests without a group.
 */
export function createPrefixAffinity(otherwise: Router): Router {
  return (pods, prefixGroup) => {
    if (prefixGroup < 0) return otherwise(pods, prefixGroup);
    const count = pods.length;
    let inFlight = 1;
    for (let i = 0; i < count; i++) inFlight += (pods[i] as Pod).inFlight;
    const limit = Math.ceil((LOAD_BOUND * inFlight) / count);
    let best = pods[0] as Pod;
    let highest = -1;
    for (let i = 0; i < count; i++) {
      const pod = pods[i] as Pod;
      if (pod.inFlight >= limit) continue;
      const weight = hash(prefixGroup, pod.ordinal);
      if (weight <= highest) continue;
      highest = weight;
      best = pod;
    }
    return best;
  };
}

/** 32 well mixed bits of two integers (the finalizer of MurmurHash3). */
function hash(group: number, ordinal: number): number {
  let h = Math.imul(group + 1, 0x9e3779b1) ^ Math.imul(ordinal + 1, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
