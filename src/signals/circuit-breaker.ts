import type { Clock } from '../base/clock.js';
import type { Seconds } from '../base/units.js';

const FAILURES = 5;
const OPEN_FOR: Seconds = 10;

/** Opens after five failures in a row and lets one call through ten seconds later: an outage is not made worse by asking. */
export class CircuitBreaker {
  readonly #clock: Clock;
  #failures = 0;
  #openedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#failures >= FAILURES && this.#clock.monotonic() < this.#openedAt + OPEN_FOR;
  }

  onSuccess(): void {
    this.#failures = 0;
  }

  onFailure(): void {
    this.#failures++;
    if (this.#failures >= FAILURES) this.#openedAt = this.#clock.monotonic();
  }
}
