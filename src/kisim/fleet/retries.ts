import { uniform } from '../../base/distributions.js';
import { power } from '../../base/power.js';
import type { Rng } from '../../base/rng.js';
import type { Ratio, Requests, Seconds } from '../../base/units.js';
import type { Outcome } from '../replica/request.js';

/** Failures of an attempt after which clients may try again: 429 and 503, a connection that breaks, their own timeout. */
export const RETRY_CAUSES = ['rejected', 'lost', 'timed-out'] as const satisfies readonly Outcome[];
export type RetryCause = (typeof RETRY_CAUSES)[number];

/** What clients do when an attempt fails. */
export interface RetryOptions {
  readonly on: readonly RetryCause[];
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  /** The first retry waits so long, each further one `factor` times as long, and none longer than `maxBackoff`. */
  readonly backoff: Seconds;
  readonly factor: Ratio;
  readonly maxBackoff: Seconds;
  /** Part of a wait that chance may take off: 0 none, 1 all of it (full jitter). */
  readonly jitter: Ratio;
  /** Retries that each first attempt pays for, over all clients; Infinity: no limit, hence retry storms. */
  readonly budget: Ratio;
}

/** Retries that can be saved up where there is a budget. */
const SAVED: Requests = 10;

/** Decides on retries; the n-th decision draws the n-th number of `rng`, whatever comes of it. */
export class Retries {
  readonly #options: RetryOptions;
  readonly #rng: Rng;
  readonly #most: Requests;
  #budget: Requests;

  constructor(options: RetryOptions, rng: Rng) {
    this.#options = options;
    this.#rng = rng;
    this.#most = Number.isFinite(options.budget) ? SAVED : Number.POSITIVE_INFINITY;
    this.#budget = this.#most;
  }

  /** A client asks for the first time. */
  onFirstAttempt(): void {
    this.#budget = Math.min(this.#most, this.#budget + this.#options.budget);
  }

  /** Seconds from the failure of the `attempt`-th attempt (1 is the first) to the next one; undefined: the client gives up. */
  next(attempt: number, outcome: Outcome): Seconds | undefined {
    const { on, attempts, backoff, factor, maxBackoff, jitter } = this.#options;
    if (attempt >= attempts || !(on as readonly Outcome[]).includes(outcome)) return undefined;
    const wait = Math.min(maxBackoff, backoff * power(factor, attempt - 1));
    const drawn = uniform(this.#rng, (1 - jitter) * wait, wait);
    if (this.#budget < 1) return undefined;
    this.#budget--;
    return drawn;
  }
}
