import type { Seconds } from '../../../src/base/units.js';
import { createCounters } from '../../../src/kisim/replica/counters.js';
import type { Replica, ReplicaListener } from '../../../src/kisim/replica/replica.js';

export interface ServerOptions {
  readonly servers: number;
  /** Requests that may be inside, in service or waiting; one more is refused. */
  readonly capacity: number;
  readonly drawService: () => Seconds;
  /** Chance that an arrival which finds `inside` requests is taken; absent: 1. */
  readonly acceptance?: (inside: number) => number;
  /** Uniform in [0, 1); needed with `acceptance`. */
  readonly drawUniform: () => number;
}

/**
 * The server of a textbook queue: `servers` alike, first come first served, the first token at the start of the service, so that
 * TTFT is the waiting time. Constant work per request and server.
 */
export function createServer(options: ServerOptions, listener: ReplicaListener): Replica {
  return new Server(options, listener);
}

class Server implements Replica {
  readonly counters = createCounters(0, 0);
  readonly kvUsage = 0;
  readonly #options: ServerOptions;
  readonly #listener: ReplicaListener;
  /** Who is in service: request, start and end by server; Infinity: idle. */
  readonly #request: Int32Array;
  readonly #startedAt: Float64Array;
  readonly #endsAt: Float64Array;
  /** Who waits, as a ring. */
  #waiting = new Int32Array(64);
  #head = 0;
  waiting = 0;
  running = 0;

  constructor(options: ServerOptions, listener: ReplicaListener) {
    this.#options = options;
    this.#listener = listener;
    this.#request = new Int32Array(options.servers);
    this.#startedAt = new Float64Array(options.servers);
    this.#endsAt = new Float64Array(options.servers).fill(Number.POSITIVE_INFINITY);
  }

  get nextEventAt(): Seconds {
    return this.#endsAt[this.#first()] as number;
  }

  submit(request: number, now: Seconds): boolean {
    this.advance(now);
    const inside = this.waiting + this.running;
    const { capacity, acceptance, drawUniform } = this.#options;
    if (inside >= capacity || (acceptance && drawUniform() >= acceptance(inside))) return false;
    if (this.running < this.#options.servers) this.#start(request, now, this.#endsAt.indexOf(Number.POSITIVE_INFINITY));
    else this.#enqueue(request);
    return true;
  }

  advance(until: Seconds): void {
    for (;;) {
      const server = this.#first();
      const at = this.#endsAt[server] as number;
      if (!(at <= until)) return;
      this.#endsAt[server] = Number.POSITIVE_INFINITY;
      this.running--;
      this.counters.finished++;
      const request = this.#request[server] as number;
      const startedAt = this.#startedAt[server] as number;
      if (this.waiting > 0) this.#start(this.#dequeue(), at, server);
      this.#listener.onFinished(request, at, 'completed', startedAt, 0);
    }
  }

  abort(): boolean {
    return false;
  }

  evict(): readonly number[] {
    return [];
  }

  #first(): number {
    let first = 0;
    for (let i = 1; i < this.#endsAt.length; i++)
      if ((this.#endsAt[i] as number) < (this.#endsAt[first] as number)) first = i;
    return first;
  }

  #start(request: number, at: Seconds, server: number): void {
    this.running++;
    this.#request[server] = request;
    this.#startedAt[server] = at;
    this.#endsAt[server] = at + this.#options.drawService();
    this.#listener.onFirstToken(request, at);
  }

  #enqueue(request: number): void {
    if (this.waiting === this.#waiting.length) {
      const old = this.#waiting;
      this.#waiting = new Int32Array(2 * old.length);
      for (let i = 0; i < old.length; i++) this.#waiting[i] = old[(this.#head + i) % old.length] as number;
      this.#head = 0;
    }
    this.#waiting[(this.#head + this.waiting++) % this.#waiting.length] = request;
  }

  #dequeue(): number {
    const request = this.#waiting[this.#head] as number;
    this.#head = (this.#head + 1) % this.#waiting.length;
    this.waiting--;
    return request;
  }
}
