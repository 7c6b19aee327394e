import type { Replicas, Seconds } from '../../base/units.js';
import type { Scalable } from '../../kisim/control.js';

/** A Deployment whose pods exist at once, are ready after a fixed time and vanish at once, the youngest first. */
export class PlainDeployment implements Scalable {
  readonly #podDelay: Seconds;
  readonly #onChange: (readyAt: Seconds) => void;
  /** When each pod becomes ready, oldest pod first. */
  readonly #readyAt: Seconds[];
  #now: Seconds;

  /** `onChange` is told when a new pod will be ready. */
  constructor(
    replicas: Replicas,
    start: Seconds,
    { podDelay, onChange }: { readonly podDelay: Seconds; readonly onChange: (readyAt: Seconds) => void },
  ) {
    this.#podDelay = podDelay;
    this.#onChange = onChange;
    this.#now = start;
    this.#readyAt = Array<Seconds>(replicas).fill(start);
  }

  get spec(): Replicas {
    return this.#readyAt.length;
  }

  get statusReplicas(): Replicas {
    return this.#readyAt.length;
  }

  get readyReplicas(): Replicas {
    let ready = 0;
    for (const at of this.#readyAt) if (at <= this.#now) ready++;
    return ready;
  }

  /** Lets time pass: pods become ready. */
  advance(now: Seconds): void {
    this.#now = now;
  }

  scaleTo(replicas: Replicas, now: Seconds): void {
    this.#now = now;
    this.#readyAt.length = Math.min(this.#readyAt.length, replicas);
    while (this.#readyAt.length < replicas) {
      const readyAt = now + this.#podDelay;
      this.#readyAt.push(readyAt);
      this.#onChange(readyAt);
    }
  }
}
