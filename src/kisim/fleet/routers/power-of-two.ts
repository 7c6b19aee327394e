import type { Rng } from '../../../base/rng.js';
import type { Pod } from '../pod.js';
import type { Router } from './router.js';

/**
 * Two different pods by chance, and of them the one with fewer requests in flight (Mitzenmacher 2001, "The power of two choices
 * in randomized load balancing"). Two draws a request, however many pods there are, so that equal traffic draws alike.
 */
export function createPowerOfTwo(rng: Rng): Router {
  return (pods) => {
    const count = pods.length;
    const first = Math.floor(rng.next() * count);
    const offset = Math.floor(rng.next() * (count - 1));
    const one = pods[first] as Pod;
    if (count === 1) return one;
    const other = pods[(first + 1 + offset) % count] as Pod;
    return other.inFlight < one.inFlight ? other : one;
  };
}
