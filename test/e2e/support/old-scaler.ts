import { fileURLToPath } from 'node:url';
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Scene } from './scene.js';

const PROTO = fileURLToPath(new URL('./old-scaler.proto', import.meta.url));
const NAME = 'kiscaler-replicas';

type Unary = (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => void;

/** A scaler of the time before KEDA 2.17: what users of ours who roll back far enough would run. One count for all who ask. */
export class OldScaler {
  readonly address: string;
  #count: number;
  readonly #streams: Set<ServerWritableStream<unknown, unknown>>;

  private constructor(address: string, count: number, streams: Set<ServerWritableStream<unknown, unknown>>) {
    this.address = address;
    this.#count = count;
    this.#streams = streams;
  }

  static async open(scene: Scene, count: number): Promise<OldScaler> {
    const { externalscaler } = loadPackageDefinition(loadSync(PROTO, { keepCase: true })) as unknown as {
      externalscaler: { ExternalScaler: { service: ServiceDefinition } };
    };
    const streams = new Set<ServerWritableStream<unknown, unknown>>();
    const unary =
      (answer: () => object): Unary =>
      (_, reply) =>
        reply(null, answer());
    const server = new Server();
    server.addService(externalscaler.ExternalScaler.service, {
      IsActive: unary(() => ({ result: scaler.#count > 0 })),
      GetMetricSpec: unary(() => ({ metricSpecs: [{ metricName: NAME, targetSize: 1 }] })),
      GetMetrics: unary(() => ({ metricValues: [{ metricName: NAME, metricValue: scaler.#count }] })),
      StreamIsActive: (call: ServerWritableStream<unknown, unknown>) => {
        streams.add(call);
        call.on('cancelled', () => streams.delete(call));
      },
    });
    const host = scene.bed.hostAddress;
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync(`${host}:0`, ServerCredentials.createInsecure(), (cause, bound) =>
        cause ? reject(cause) : resolve(bound),
      ),
    );
    scene.after(() => server.forceShutdown());
    const scaler = new OldScaler(`${host}:${port}`, count, streams);
    return scaler;
  }

  set(count: number): void {
    this.#count = count;
    if (count > 0) for (const stream of this.#streams) stream.write({ result: true });
  }
}
