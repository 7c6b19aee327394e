import type { Rng } from '../../base/rng.js';
import type { RequestSpec } from '../replica/request.js';
import type { Traffic } from './traffic.js';

/**
 * Plays traffic slower (`time` > 1) or faster, and with each request repeated `rate` times on average; both > 0. Repetitions fall
 * uniformly between their original and the next one, so order and shape stay. Draws from the stream `scale`.
 */
export function scaleTraffic(
  traffic: Traffic,
  factors: { readonly time?: number; readonly rate?: number },
  rng: Rng,
): Traffic {
  const { time = 1, rate = 1 } = factors;
  if (time === 1 && rate === 1) return traffic;
  const draws = rng.stream('scale');
  let following = traffic.next();
  let pending: RequestSpec[] = [];
  const refill = (): boolean => {
    const request = following;
    if (!request) return false;
    following = traffic.next();
    const copies = Math.floor(rate) + (draws.next() < rate % 1 ? 1 : 0);
    const gap = following ? following.arrival - request.arrival : 0;
    const shifts = Array.from({ length: copies }, (_, i) => (i === 0 ? 0 : gap * draws.next()));
    shifts.sort((a, b) => b - a);
    pending = shifts.map((shift) => ({ ...request, arrival: (request.arrival + shift) * time }));
    return true;
  };
  return {
    next() {
      while (pending.length === 0 && refill());
      return pending.pop();
    },
  };
}
