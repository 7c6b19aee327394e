import { fileURLToPath } from 'node:url';
import { type ChannelCredentials, credentials, loadPackageDefinition, type ServerCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { type Clock, createSystemClock } from '../../src/base/clock.js';
import { err, ok } from '../../src/base/result.js';
import type { RefusalCode } from '../../src/decision/decision.js';
import type { Window } from '../../src/decision/window.js';
import type { Workload } from '../../src/decision/workload.js';
import { createPlanner } from '../../src/policies/planner.js';
import type { Policy } from '../../src/policies/policy.js';
import { createPolicy, settingsOf } from '../../src/policies/registry.js';
import type { CallRecorder } from '../../src/scaler/call.js';
import { type DecisionRecorder, DecisionService } from '../../src/scaler/decision-service.js';
import type { ExternalScalerClient } from '../../src/scaler/generated/externalscaler/ExternalScaler.js';
import type { ProtoGrpcType } from '../../src/scaler/generated/externalscaler.js';
import { References } from '../../src/scaler/references.js';
import { type ScalerServer, startServer } from '../../src/scaler/server.js';
import type { SignalSource } from '../../src/signals/signal-source.js';
import { buildWindow } from './windows.js';

/** A source whose answer is set by the test; counts its reads. */
export class FakeSource implements SignalSource {
  reads = 0;
  answer: (tick: number, workload: Workload) => Window | RefusalCode = (tick) => buildWindow({}, tick);

  async read(workload: Workload, tick: number, _signal?: AbortSignal) {
    this.reads++;
    const answer = this.answer(tick, workload);
    return typeof answer === 'string' ? err([{ code: answer }]) : ok(answer);
  }
}

/** Proposes the same count for everybody. */
export function fixedPolicy(name: string, replicas: number): Policy {
  return { name, propose: async (batch) => batch.map(() => ({ policy: name, ok: true, replicas })) };
}

export interface ScalerBed {
  readonly server: ScalerServer;
  readonly service: DecisionService;
  readonly references: References;
  readonly recorder: DecisionRecorder & CallRecorder;
  readonly source: FakeSource;
  readonly client: ExternalScalerClient;
  readonly log: string[];
  close(): Promise<void>;
}

/** A real server on a free port with fakes behind it; `log` collects everything that a recorder is told. */
export async function startScaler(
  options: {
    readonly policies?: readonly Policy[];
    readonly clock?: Clock;
    readonly maxWorkloads?: number;
    readonly tick?: number;
    readonly credentials?: ServerCredentials;
    readonly namespaces?: ReadonlySet<string>;
  } = {},
): Promise<ScalerBed> {
  const clock = options.clock ?? createSystemClock();
  const log: string[] = [];
  const source = new FakeSource();
  const recorder: DecisionRecorder & CallRecorder = {
    onDecision: (workload, decision) => log.push(`decision ${workload.name} ${decision.sentence}`),
    onRefusal: (workload, refusal) => log.push(`refusal ${workload.name} ${refusal.code}`),
    onFailure: (what, cause) => log.push(`failure ${what} ${String(cause)}`),
    onCall: (method, code) => log.push(`call ${method} ${code}`),
    onError: (method, cause) => log.push(`error ${method} ${String(cause)}`),
  };
  const policies = options.policies ?? [createPlanner(), fixedPolicy('qplan', 6)];
  const grid = { interval: options.tick ?? 15, ticks: 64, lag: options.tick ?? 15 };
  const service = new DecisionService({
    clock,
    grid,
    source,
    policies,
    findPolicy: (name) => createPolicy(name),
    recorder,
    ...(options.maxWorkloads === undefined ? {} : { maxWorkloads: options.maxWorkloads }),
  });
  service.start();
  const references = new References({
    context: {
      findProfile: () => undefined,
      hasPolicy: (name) => settingsOf(name) !== undefined,
      hasBackend: (name) => name === 'default',
    },
    ...(options.namespaces ? { namespaces: options.namespaces } : {}),
    onUnknownKeys: (workload, keys) => log.push(`unknown ${workload.name} ${keys.join(',')}`),
  });
  const server = await startServer({
    address: '127.0.0.1:0',
    references,
    service,
    clock: createSystemClock(),
    recorder,
    hasReflection: true,
    ...(options.credentials ? { credentials: options.credentials } : {}),
    drainDelay: 0.3,
    drainGrace: 2,
  });
  const client = connect(server.port);
  return {
    server,
    service,
    references,
    recorder,
    source,
    client,
    log,
    close: async () => {
      client.close();
      server.close();
      await service.stop();
    },
  };
}

/** A client made from the contract alone, as KEDA's is. */
export function connect(
  port: number,
  channel: ChannelCredentials = credentials.createInsecure(),
): ExternalScalerClient {
  const proto = fileURLToPath(new URL('../../proto/externalscaler.proto', import.meta.url));
  const { externalscaler } = loadPackageDefinition(
    loadSync(proto, { longs: String, defaults: true }),
  ) as unknown as ProtoGrpcType;
  return new externalscaler.ExternalScaler(`127.0.0.1:${port}`, channel);
}

/** One call as a promise. */
export function call<Request, Response>(
  client: ExternalScalerClient,
  method: 'IsActive' | 'GetMetricSpec' | 'GetMetrics',
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const invoke = client[method].bind(client) as unknown as (
      request: Request,
      callback: (error: Error | null, response: Response) => void,
    ) => void;
    invoke(request, (error, response) => (error ? reject(error) : resolve(response)));
  });
}
