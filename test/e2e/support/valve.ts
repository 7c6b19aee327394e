import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Scene } from './scene.js';

/**
 * A relay in front of a server on loopback, through which its answers come late, or not at all while connections stay open: what
 * a client sees of a server that is slow, or that hangs.
 */
export class Valve {
  /** Seconds by which answers are late; those of before keep theirs. */
  delay = 0;
  /** Whether nothing comes back any more. What was held comes once it is let go. */
  isShut = false;
  readonly #port: number;

  private constructor(port: number) {
    this.#port = port;
  }

  static async open(scene: Scene, target: number): Promise<Valve> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = connect(target, '127.0.0.1');
      for (const socket of [client, upstream]) {
        sockets.add(socket.once('close', () => sockets.delete(socket)));
        socket.on('error', () => {});
      }
      client.pipe(upstream);
      upstream.once('close', () => client.destroy());
      client.once('close', () => upstream.destroy());
      void valve.#pass(upstream, client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const valve = new Valve((server.address() as AddressInfo).port);
    scene.after(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return valve;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async #pass(upstream: Socket, client: Socket): Promise<void> {
    try {
      for await (const chunk of upstream) {
        if (this.delay > 0) await wait(1000 * this.delay);
        while (this.isShut && !client.destroyed) await wait(50);
        client.write(chunk as Buffer);
      }
    } catch {
      // Either side has gone; there is nobody to tell.
    }
  }
}
