import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Reply = (request: URL, response: ServerResponse, raw: IncomingMessage) => void;

/** A server whose every answer the test writes; `requests` keeps what was asked. */
export class FakePrometheus {
  readonly requests: URL[] = [];
  reply: Reply = (_, response) => sendVector(response, []);
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FakePrometheus> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://fake');
      fake.requests.push(url);
      fake.reply(url, response, request);
    });
    const fake = new FakePrometheus(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export function sendVector(response: ServerResponse, result: readonly unknown[]): void {
  sendJson(response, { status: 'success', data: { resultType: 'vector', result } });
}
