import type { Seconds } from '../../base/units.js';
import type { Replica } from './replica.js';

/**
 * What is left of an engine whose node is gone, as long as nobody has noticed: it takes requests and never answers. Its counters
 * stand still. `requests` are those that it had.
 */
export function createBlackHole({ counters, kvUsage }: Replica, requests: readonly number[]): Replica {
  const inside = new Set(requests);
  return {
    submit(request) {
      inside.add(request);
      return true;
    },
    abort: (request) => inside.delete(request),
    advance: () => {},
    nextEventAt: Number.POSITIVE_INFINITY as Seconds,
    evict() {
      const all = [...inside];
      inside.clear();
      return all;
    },
    get waiting() {
      return inside.size;
    },
    running: 0,
    kvUsage,
    counters,
  };
}
