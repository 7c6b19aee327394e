import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import type { Scene } from './scene.js';

const TYPE_A = 1;
const HEADER = 12;

/**
 * A cluster's DNS as far as a headless Service needs one: every name has the addresses that a story sets, one per pod. A scaler
 * address names it as gRPC does, `dns://SERVER/NAME:PORT`.
 */
export class NameServer {
  /** IPv4 addresses of the pods. */
  addresses: readonly string[];
  readonly #socket: Socket;

  private constructor(addresses: readonly string[]) {
    this.addresses = addresses;
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (query, { port, address }) => this.#socket.send(this.#answer(query), port, address));
  }

  static async open(scene: Scene, addresses: readonly string[]): Promise<NameServer> {
    const server = new NameServer(addresses);
    await new Promise<void>((resolve) => server.#socket.bind(0, '127.0.0.1', resolve));
    scene.after(() => void server.#socket.close());
    return server;
  }

  scalerAddress(name: string, port: number): string {
    return `dns://127.0.0.1:${(this.#socket.address() as AddressInfo).port}/${name}:${port}`;
  }

  /** RFC 1035: the question as it came, and an A record per address; nothing of any other type. */
  #answer(query: Buffer): Buffer {
    const end = query.indexOf(0, HEADER) + 5;
    const records = query.readUInt16BE(end - 4) === TYPE_A ? this.addresses.map(recordOf) : [];
    const head = Buffer.from(query.subarray(0, HEADER));
    head.writeUInt16BE(0x8580, 2); // an answer, authoritative, no error
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    return Buffer.concat([head, query.subarray(HEADER, end), ...records]);
  }
}

/** Name (that of the question), type A, class IN, a second to live, four bytes. */
function recordOf(address: string): Buffer {
  return Buffer.from([0xc0, HEADER, 0, TYPE_A, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]);
}
