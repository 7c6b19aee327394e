import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  type ChannelOptions,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import type { Clock } from '../base/clock.js';
import type { Seconds } from '../base/units.js';
import type { ProtoGrpcType } from './generated/externalscaler.js';
import { createHandlers, type HandlerOptions } from './handlers.js';

const PROTO = fileURLToPath(new URL('../../proto/externalscaler.proto', import.meta.url));
const SECOND = 1000;
const KIB = 1024;

/** Limits that keep a silent or hostile client from costing much; ages (± 10 %, by grpc-js) make KEDA find new pods. */
const CHANNEL: ChannelOptions = {
  'grpc.max_receive_message_length': 64 * KIB,
  'grpc.max_send_message_length': 64 * KIB,
  // All streams of one KEDA share a connection, and calls above the limit would wait without a deadline.
  'grpc.max_concurrent_streams': 4096,
  'grpc.keepalive_time_ms': 30 * SECOND,
  'grpc.keepalive_timeout_ms': 10 * SECOND,
  'grpc.max_connection_idle_ms': 300 * SECOND,
  'grpc.max_connection_age_ms': 600 * SECOND,
  'grpc.max_connection_age_grace_ms': 30 * SECOND,
  'grpc.enable_channelz': 0,
};

export interface ScalerServerOptions extends Omit<HandlerOptions, 'draining'> {
  readonly clock: Clock;
  /** host:port; port 0 takes a free one. */
  readonly address: string;
  readonly credentials?: ServerCredentials;
  readonly hasReflection: boolean;
  /** Seconds of NOT_SERVING before calls are turned away, so that clients notice and go elsewhere. */
  readonly drainDelay: Seconds;
  /** Seconds that open calls get after that. */
  readonly drainGrace: Seconds;
}

export interface ScalerServer {
  readonly port: number;
  /** NOT_SERVING, a while of serving on, a clean end of all streams, then shutdown; forced when the grace is over. */
  drain(): Promise<void>;
  /** Ends everything at once. */
  close(): void;
}

/** Starts KEDA's external scaler, grpc.health.v1 (names '', liveness, readiness) and, if asked for, reflection. */
export async function startServer(options: ScalerServerOptions): Promise<ScalerServer> {
  const server = new Server(CHANNEL);
  const draining = new AbortController();
  setMaxListeners(0, draining.signal); // one per stream
  const definition = loadSync(PROTO, { longs: String, defaults: true });
  const { externalscaler } = loadPackageDefinition(definition) as unknown as ProtoGrpcType;
  const service: ServiceDefinition = externalscaler.ExternalScaler.service;
  server.addService(service, { ...createHandlers({ ...options, draining: draining.signal }) });
  const health = new HealthImplementation({ '': 'SERVING', liveness: 'SERVING', readiness: 'SERVING' });
  health.addToServer(server);
  if (options.hasReflection) new ReflectionService(definition).addToServer(server);
  const port = await bind(server, options.address, options.credentials ?? ServerCredentials.createInsecure());
  const bound = options.address.replace(/\d+$/, String(port));
  const drain = async (): Promise<void> => {
    for (const name of ['', 'readiness']) health.setStatus(name, 'NOT_SERVING');
    await options.clock.sleep(options.drainDelay);
    // Streams end first: tryShutdown waits for them for ever.
    draining.abort();
    await shutDown(server, bound, options);
  };
  let drained: Promise<void> | undefined;
  return {
    port,
    drain: () => {
      drained ??= drain();
      return drained;
    },
    close: () => endAtOnce(server, bound),
  };
}

/** Lets open calls finish within the grace, then ends them. */
async function shutDown(server: Server, bound: string, { clock, drainGrace }: ScalerServerOptions): Promise<void> {
  // Before tryShutdown, which forgets the port.
  server.drain(bound, SECOND * drainGrace);
  const graceful = new Promise<void>((resolve) => {
    server.tryShutdown(() => resolve());
  });
  const finished = new AbortController();
  await Promise.race([graceful, clock.sleep(drainGrace, finished.signal)]);
  finished.abort();
  server.forceShutdown();
}

/** `forceShutdown` of grpc-js 1.14 knows sessions only through channelz, which is off; without `drain` they would live on. */
function endAtOnce(server: Server, bound: string): void {
  server.drain(bound, 0);
  server.forceShutdown();
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}
