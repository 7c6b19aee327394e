import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { quantileSorted } from '../../../src/base/statistics.js';
import type { Seconds } from '../../../src/base/units.js';

/** One request as its client saw it; times on one monotonic clock, in seconds. `doneAt` is NaN when no answer came. */
export interface Sent {
  readonly at: Seconds;
  doneAt: Seconds;
  /** HTTP 200. */
  isServed: boolean;
}

export interface LoadResult {
  readonly requests: readonly Sent[];
  /** 99th percentile of how late requests were sent: what the machine's noise does to the client. */
  readonly lateness: Seconds;
}

const BODY = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP32', data: [1] }] });
const REQUEST = Buffer.from(
  `POST /v2/models/model/infer HTTP/1.1\r\nHost: triton\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
);
const OPEN_AT_FIRST = 64;
const PATIENCE: Seconds = 60;

const now = (): Seconds => performance.now() / 1000;

/**
 * Sends one inference request at each of `due` (seconds from the start, ascending), whatever became of the earlier ones, over
 * kept-alive connections of its own, and waits for all answers (a minute at most).
 */
export async function sendOpenLoop(port: number, due: readonly Seconds[]): Promise<LoadResult> {
  const connections = new Connections(port);
  await connections.open(OPEN_AT_FIRST);
  const requests: Sent[] = [];
  const late: Seconds[] = [];
  const start = now() + 0.1;
  for (const at of due) {
    const ahead = start + at - now();
    if (ahead > 0) await wait(1000 * ahead);
    late.push(now() - start - at);
    requests.push(connections.send());
  }
  for (let waited = 0; connections.inFlight > 0 && waited < PATIENCE; waited += 0.05) await wait(50);
  connections.close();
  return {
    requests,
    lateness: quantileSorted(
      late.sort((a, b) => a - b),
      0.99,
    ),
  };
}

/** Connections to one server, each with at most one request under way. */
class Connections {
  readonly #port: number;
  readonly #free: Socket[] = [];
  readonly #all: Socket[] = [];
  readonly #waiting = new Map<Socket, Sent>();

  constructor(port: number) {
    this.#port = port;
  }

  get inFlight(): number {
    return this.#waiting.size;
  }

  async open(count: number): Promise<void> {
    const sockets = Array.from({ length: count }, () => this.#connect());
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    this.#free.push(...sockets);
  }

  send(): Sent {
    const socket = this.#free.pop() ?? this.#connect();
    const sent = { at: now(), doneAt: Number.NaN, isServed: false };
    this.#waiting.set(socket, sent);
    socket.write(REQUEST);
    return sent;
  }

  close(): void {
    for (const socket of this.#all) socket.destroy();
  }

  #connect(): Socket {
    const socket = connect(this.#port, '127.0.0.1').setNoDelay(true);
    this.#all.push(socket);
    // An answer is a few hundred bytes: it comes in one piece.
    socket.on('data', (data) => {
      const sent = this.#waiting.get(socket);
      if (!sent) return;
      sent.doneAt = now();
      sent.isServed = data.subarray(0, 12).toString('latin1') === 'HTTP/1.1 200';
      this.#waiting.delete(socket);
      this.#free.push(socket);
    });
    socket.on('error', () => this.#waiting.delete(socket));
    return socket;
  }
}
