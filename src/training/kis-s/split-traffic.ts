import { clamp } from '../../base/numbers.js';
import type { Rng } from '../../base/rng.js';
import type { Ratio } from '../../base/units.js';
import type { RequestSpec } from '../../kisim/replica/request.js';
import type { Traffic } from '../../kisim/traffic/traffic.js';

/** With no share at all a side would read its traffic to the end in search of a request; a ready pod keeps its share above this. */
const SMALLEST: Ratio = 0.01;

/**
 * One traffic dealt out to two fleets by chance, as a Kubernetes Service deals connections out to the ready pods of two
 * Deployments. A request is dealt when either side first asks for it, by the share of that moment.
 */
export class SplitTraffic {
  readonly sides: readonly [Traffic, Traffic];
  readonly #source: Traffic;
  readonly #rng: Rng;
  readonly #waiting: readonly [RequestSpec[], RequestSpec[]] = [[], []];
  #share: Ratio = 0.5;

  constructor(source: Traffic, rng: Rng) {
    this.#source = source;
    this.#rng = rng;
    this.sides = [{ next: () => this.#next(0) }, { next: () => this.#next(1) }];
  }

  /** Share of the requests that go to the first side from now on. */
  set share(value: Ratio) {
    this.#share = clamp(value, SMALLEST, 1 - SMALLEST);
  }

  #next(side: 0 | 1): RequestSpec | undefined {
    const known = this.#waiting[side].shift();
    if (known) return known;
    for (;;) {
      const request = this.#source.next();
      if (!request) return undefined;
      const to = this.#rng.next() < this.#share ? 0 : 1;
      if (to === side) return request;
      this.#waiting[to].push(request);
    }
  }
}
