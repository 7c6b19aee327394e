import type { Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';
import type { RequestSpec } from '../replica/request.js';
import type { TokenLengths } from './token-lengths.js';
import type { Traffic } from './traffic.js';

/**
 * Plays traffic slower (`time` > 1) or faster, and with each request repeated `rate` times on average; both > 0. Repetitions fall
 * uniformly between their original and the next one, at most a minute later, so that order, shape and silences stay. Draws from
 * the stream `scale`.
 */
export function scaleTraffic(
  traffic: Traffic,
  factors: { readonly time?: number; readonly rate?: number },
  rng: Rng,
): Traffic {
  const { time = 1, rate = 1 } = factors;
  const repeated = rate === 1 ? traffic : new RepeatedTraffic(traffic, () => rate, undefined, rng.stream('scale'));
  if (time === 1) return repeated;
  return {
    next() {
      const request = repeated.next();
      return request && { ...request, arrival: request.arrival * time };
    },
  };
}

/** So many times the traffic, for a while. */
export interface Surge {
  readonly at: Seconds;
  readonly duration: Seconds;
  /** > 0; below 1 a lull. */
  readonly times: number;
  /** Lengths of the requests that come on top; absent: those of the requests that they repeat. */
  readonly lengths?: TokenLengths;
}

/** Traffic with a surge: what comes in its time is repeated as `scaleTraffic` does. Streams `surge` and its children. */
export function surgeTraffic(traffic: Traffic, { at, duration, times, lengths }: Surge, rng: Rng): Traffic {
  const rateAt = (arrival: Seconds): number => (arrival >= at && arrival < at + duration ? times : 1);
  return new RepeatedTraffic(traffic, rateAt, lengths, rng.stream('surge'));
}

/** How long after its original a repetition comes at most. */
const LATEST: Seconds = 60;

class RepeatedTraffic implements Traffic {
  readonly #traffic: Traffic;
  readonly #rateAt: (arrival: Seconds) => number;
  readonly #lengths: TokenLengths | undefined;
  readonly #draws: Rng;
  readonly #inputs: Rng;
  readonly #outputs: Rng;
  #following: RequestSpec | undefined;
  /** Repetitions of one request, the latest first. */
  #pending: RequestSpec[] = [];

  constructor(traffic: Traffic, rateAt: (arrival: Seconds) => number, lengths: TokenLengths | undefined, rng: Rng) {
    this.#traffic = traffic;
    this.#rateAt = rateAt;
    this.#lengths = lengths;
    this.#draws = rng;
    this.#inputs = rng.stream('input-lengths');
    this.#outputs = rng.stream('output-lengths');
    this.#following = traffic.next();
  }

  next(): RequestSpec | undefined {
    for (;;) {
      const pending = this.#pending.pop();
      if (pending) return pending;
      const request = this.#following;
      if (!request) return undefined;
      this.#following = this.#traffic.next();
      const rate = this.#rateAt(request.arrival);
      if (rate === 1) return request;
      this.#repeat(request, rate);
    }
  }

  #repeat(request: RequestSpec, rate: number): void {
    const copies = Math.floor(rate) + (this.#draws.next() < rate % 1 ? 1 : 0);
    const gap = this.#following ? Math.min(LATEST, this.#following.arrival - request.arrival) : 0;
    const shifts = Array.from({ length: copies }, (_, i) => (i === 0 ? 0 : gap * this.#draws.next()));
    shifts.sort((a, b) => b - a);
    this.#pending = shifts.map((shift, i) =>
      i === copies - 1 ? request : this.#copy(request, request.arrival + shift),
    );
  }

  #copy(request: RequestSpec, arrival: Seconds): RequestSpec {
    if (!this.#lengths) return { ...request, arrival };
    const { input, output } = this.#lengths;
    return { arrival, inputTokens: input.draw(this.#inputs), outputTokens: output.draw(this.#outputs) };
  }
}
