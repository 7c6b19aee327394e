import { exponential, gamma } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';
import type { RatePath } from './rate-path.js';
import { drawLength, type TokenLengths } from './token-lengths.js';
import type { Traffic } from './traffic.js';

export interface RateTrafficOptions {
  readonly path: RatePath;
  /** Coefficient of variation of gaps where the path has none of its own; default 1 (Poisson). */
  readonly cv?: number;
  readonly lengths: TokenLengths;
}

/**
 * Requests at a varying rate with Gamma gaps: gaps of mean 1 and the given variation are drawn in operational time and carried
 * to seconds by the inverse of the cumulative rate (Gerhardt and Nelson 2009, "Transforming renewal processes for simulation
 * of nonstationary arrival processes"). With variation 1 that is a nonhomogeneous Poisson process, exactly.
 * Streams `arrivals` and `lengths` of `rng`: other lengths leave the arrivals where they are.
 */
export function createRateTraffic({ path, cv = 1, lengths }: RateTrafficOptions, rng: Rng): Traffic {
  const arrivals = rng.stream('arrivals');
  const lengthRng = rng.stream('lengths');
  const inverse = createInverse(path);
  // The first gap starts somewhere inside a gap, else every run would start with the same pause.
  let operational = -arrivals.next() * drawGap(arrivals, cvAt(path, 0, cv));
  let isOver = false;
  return {
    next() {
      if (isOver) return undefined;
      do operational += drawGap(arrivals, cvAt(path, inverse.segment, cv));
      while (operational < 0);
      const arrival = inverse.at(operational);
      if (arrival === undefined) {
        isOver = true;
        return undefined;
      }
      return {
        arrival,
        inputTokens: drawLength(lengthRng, lengths.meanInput, lengths.inputSigma),
        outputTokens: drawLength(lengthRng, lengths.meanOutput, lengths.outputSigma),
      };
    },
  };
}

function drawGap(rng: Rng, cv: number): number {
  return cv === 1 ? exponential(rng, 1) : gamma(rng, 1 / (cv * cv), 1);
}

function cvAt(path: RatePath, segment: number, otherwise: number): number {
  return path.cvs?.[Math.min(segment, path.cvs.length - 1)] ?? otherwise;
}

/** Inverse of the cumulative rate for arguments that never decrease: seconds, or undefined beyond the path's end. */
function createInverse({ times, rates }: RatePath): {
  readonly segment: number;
  at(cumulative: number): Seconds | undefined;
} {
  let segment = 0;
  let before = 0;
  const area = (i: number): number => {
    const span = (times[i + 1] as number) - (times[i] as number);
    return (span * ((rates[i] as number) + (rates[i + 1] as number))) / 2;
  };
  return {
    get segment() {
      return segment;
    },
    at(cumulative) {
      while (segment < times.length - 1 && before + area(segment) < cumulative) before += area(segment++);
      if (segment >= times.length - 1) return undefined;
      const start = times[segment] as number;
      const rate = rates[segment] as number;
      const span = (times[segment + 1] as number) - start;
      const slope = ((rates[segment + 1] as number) - rate) / span;
      const rest = cumulative - before;
      // Root of rate x + slope x^2 / 2 = rest in the form that does not cancel.
      const root = Math.sqrt(Math.max(0, rate * rate + 2 * slope * rest));
      return rest <= 0 ? start : start + Math.min(span, (2 * rest) / (rate + root));
    },
  };
}
