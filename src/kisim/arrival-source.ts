import type { Seconds } from '../base/units.js';
import type { EventSource } from './event-queue.js';
import type { Dispatcher } from './fleet/dispatcher.js';
import type { RequestSpec } from './replica/request.js';
import type { Traffic } from './traffic/traffic.js';

/** Feeds traffic to the dispatcher, one request ahead. */
export class ArrivalSource implements EventSource {
  readonly #traffic: Traffic;
  readonly #dispatcher: Dispatcher;
  #next: RequestSpec | undefined;

  constructor(traffic: Traffic, dispatcher: Dispatcher) {
    this.#traffic = traffic;
    this.#dispatcher = dispatcher;
    this.#next = traffic.next();
  }

  get nextAt(): Seconds {
    return this.#next === undefined ? Number.POSITIVE_INFINITY : this.#next.arrival;
  }

  fire(): void {
    const request = this.#next;
    if (!request) return;
    this.#next = this.#traffic.next();
    this.#dispatcher.accept(request);
  }
}
