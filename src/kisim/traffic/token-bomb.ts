import type { Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';
import type { LengthDistribution } from './length-distribution.js';
import type { Traffic } from './traffic.js';

/** Long prompts at the normal rate, for a while. */
export interface TokenBomb {
  readonly at: Seconds;
  readonly duration: Seconds;
  /** Share of the requests of that time whose prompt is a long one, 0 to 1. */
  readonly share: number;
  readonly input: LengthDistribution;
}

/**
 * Makes prompts long for a while; arrivals and answers stay, and so does a prefix shared with others. Streams `bomb` (who) and
 * `bomb-lengths` of `rng`; prompts outside the time draw nothing.
 */
export function bombTokens(traffic: Traffic, { at, duration, share, input }: TokenBomb, rng: Rng): Traffic {
  const who = rng.stream('bomb');
  const lengths = rng.stream('bomb-lengths');
  return {
    next() {
      const request = traffic.next();
      if (!request || request.arrival < at || request.arrival >= at + duration || who.next() >= share) return request;
      const inputTokens = input.draw(lengths);
      if (request.prefixTokens === undefined) return { ...request, inputTokens };
      return { ...request, inputTokens, prefixTokens: Math.min(request.prefixTokens, inputTokens) };
    },
  };
}
