import type { Rng } from '../../base/rng.js';
import type { RequestsPerSecond, Seconds } from '../../base/units.js';
import type { RequestSpec } from '../replica/request.js';
import { type GapFamily, type Gaps, gapsOf } from './gaps.js';
import type { RatePath } from './rate-path.js';
import type { TokenLengths } from './token-lengths.js';
import type { Traffic } from './traffic.js';

export interface RateTrafficOptions {
  readonly path: RatePath;
  /** Coefficient of variation of gaps where the path has none of its own; default 1 (Poisson). */
  readonly cv?: number;
  readonly lengths: TokenLengths;
}

/**
 * Requests at a varying rate: gaps of mean 1 and the given variation are drawn in operational time and carried to seconds by the
 * inverse of the cumulative rate (Gerhardt and Nelson 2009, "Transforming renewal processes for simulation of nonstationary
 * arrival processes"). With variation 1 that is a nonhomogeneous Poisson process, exactly; the expected count of any span is the
 * area under the rate whatever the variation, where it does not change on the way.
 * Streams `arrivals`, `input-lengths` and `output-lengths` of `rng`: other lengths leave the arrivals where they are.
 */
export function createRateTraffic(options: RateTrafficOptions, rng: Rng): Traffic {
  return new RateTraffic(options, rng);
}

/** One request costs about 0.1 microseconds (0.15 with Gamma gaps): fields of one class, no closure, no object but the request. */
class RateTraffic implements Traffic {
  readonly #path: RatePath;
  readonly #lengths: TokenLengths;
  readonly #arrivals: Rng;
  readonly #inputs: Rng;
  readonly #outputs: Rng;
  readonly #otherwise: number;
  #gaps: Gaps;
  #cv: number;
  #family: GapFamily;
  /** Segment between knots `#segment` and the next one; begun at `#start` with `#rate`, which changes by `#slope` a second. */
  #segment = -1;
  #start: Seconds = 0;
  #span: Seconds = 0;
  #rate: RequestsPerSecond = 0;
  #slope = 0;
  /** Expected requests of the segment, and how many of them the last request lies beyond its start. */
  #area = 0;
  #position: number;

  constructor({ path, cv = 1, lengths }: RateTrafficOptions, rng: Rng) {
    this.#path = path;
    this.#lengths = lengths;
    this.#otherwise = cv;
    this.#arrivals = rng.stream('arrivals');
    this.#inputs = rng.stream('input-lengths');
    this.#outputs = rng.stream('output-lengths');
    this.#cv = cv;
    this.#family = 'Gamma';
    this.#gaps = gapsOf('Gamma', cv);
    this.#enterNext();
    this.#position = this.#gaps.drawFirst(this.#arrivals);
  }

  next(): RequestSpec | undefined {
    while (this.#position > this.#area) {
      this.#position -= this.#area;
      if (!this.#enterNext()) return undefined;
    }
    const arrival = this.#start + this.#elapsed();
    this.#position += this.#gaps.draw(this.#arrivals);
    return {
      arrival,
      inputTokens: this.#lengths.input.draw(this.#inputs),
      outputTokens: this.#lengths.output.draw(this.#outputs),
    };
  }

  /** Seconds into the segment at which its rate has brought `#position` requests. */
  #elapsed(): Seconds {
    const rate = this.#rate;
    if (this.#position <= 0) return 0;
    if (this.#slope === 0) return this.#position / rate;
    // Root of rate x + slope x^2 / 2 = position in the form that does not cancel.
    const root = Math.sqrt(Math.max(0, rate * rate + 2 * this.#slope * this.#position));
    return Math.min(this.#span, (2 * this.#position) / (rate + root));
  }

  /** Goes to the next segment in which anything is expected; false once the path has ended, and from then on. */
  #enterNext(): boolean {
    const { times, rates } = this.#path;
    for (;;) {
      if (this.#segment >= times.length - 2) {
        this.#area = -1;
        return false;
      }
      const i = ++this.#segment;
      const rate = rates[i] as number;
      const end = rates[i + 1] as number;
      this.#start = times[i] as number;
      this.#span = (times[i + 1] as number) - this.#start;
      this.#area = (this.#span * (rate + end)) / 2;
      if (this.#area <= 0) continue;
      this.#rate = rate;
      this.#slope = (end - rate) / this.#span;
      this.#useGapsOf(i);
      return true;
    }
  }

  #useGapsOf(segment: number): void {
    const cv = this.#path.cvs?.[segment] ?? this.#otherwise;
    const family = this.#path.families?.[segment] ?? 'Gamma';
    if (cv === this.#cv && family === this.#family) return;
    this.#cv = cv;
    this.#family = family;
    this.#gaps = gapsOf(family, cv);
  }
}
