import type { ServerCredentials } from '@grpc/grpc-js';
import { createSystemClock } from '../../../src/base/clock.js';
import type { Decision, RefusalCode } from '../../../src/decision/decision.js';
import type { Workload } from '../../../src/decision/workload.js';
import type { CallRecorder } from '../../../src/scaler/call.js';
import type { Decisions } from '../../../src/scaler/decision-service.js';
import { ScalerError } from '../../../src/scaler/errors.js';
import { type HttpDoor, startHttpDoor } from '../../../src/scaler/http-door.js';
import { References } from '../../../src/scaler/references.js';
import { type ScalerServer, startServer } from '../../../src/scaler/server.js';
import type { Scene } from './scene.js';

/** What a ScaledObject was told, or would have been from then on; in Unix seconds. */
export interface Told {
  readonly at: number;
  readonly name: string;
  readonly value: number | RefusalCode;
}

/** Decisions that a test sets by ScaledObject. */
class StubDecisions implements Decisions {
  /** Every value that was set, and every time that one was asked for, by GetMetrics, IsActive or HTTP. */
  readonly sets: Told[] = [];
  readonly asks: Told[] = [];
  readonly #values = new Map<string, number | RefusalCode>();
  readonly #listeners = new Map<string, Set<(decision: Decision) => void>>();

  set(name: string, value: number | RefusalCode): void {
    this.#values.set(name, value);
    this.sets.push({ at: unixNow(), name, value });
    if (typeof value === 'number') for (const tell of this.#listeners.get(name) ?? []) tell(decisionOf(value));
  }

  async decisionFor(_key: string, { name }: Workload): Promise<Decision> {
    const value = this.#values.get(name) ?? 'KIS_METRICS_EMPTY';
    this.asks.push({ at: unixNow(), name, value });
    if (typeof value === 'string') throw new ScalerError(value);
    return decisionOf(value);
  }

  subscribe(_key: string, { name }: Workload, listener: (decision: Decision) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    const value = this.#values.get(name);
    if (typeof value === 'number') listener(decisionOf(value));
    return () => listeners.delete(listener);
  }
}

/** What one call of KEDA came to, in the order in which calls ended. */
export interface SeenCall {
  readonly method: string;
  readonly code: string;
}

export const STUB_TOKEN = 'e2e-token';

/** Our own gRPC server and HTTP door before decisions that a test sets; it can be ended, and started again on its ports. */
export class StubScaler {
  readonly calls: SeenCall[] = [];
  readonly #decisions = new StubDecisions();
  readonly #clock = createSystemClock();
  readonly #recorder: CallRecorder = {
    onCall: (method, code) => void this.calls.push({ method, code }),
    onError: (_, cause) => {
      throw cause;
    },
    onStream: (method, change) => this.#open.set(method, this.open(method) + change),
  };
  readonly #open = new Map<string, number>();
  #server: ScalerServer | undefined;
  #door: HttpDoor | undefined;
  #grpcPort = 0;
  #httpPort = 0;
  readonly #host: string;

  readonly #credentials: ServerCredentials | undefined;

  private constructor(host: string, credentials: ServerCredentials | undefined) {
    this.#host = host;
    this.#credentials = credentials;
  }

  /** Starts one that is gone with its scene. */
  static async open(scene: Scene, credentials?: ServerCredentials): Promise<StubScaler> {
    const stub = new StubScaler(scene.bed.hostAddress, credentials);
    await stub.resume();
    scene.after(() => stub.kill());
    return stub;
  }

  get address(): string {
    return `${this.#host}:${this.#grpcPort}`;
  }

  /** URL of the second door for a ScaledObject. */
  decisionUrl(namespace: string, name: string): string {
    return `http://${this.#host}:${this.#httpPort}/v1/decisions/${namespace}/${name}?engine=vllm&slo=2s`;
  }

  /** What is answered for a ScaledObject of this name, from now on. */
  set(name: string, value: number | RefusalCode): void {
    this.#decisions.set(name, value);
  }

  /** See {@link StubDecisions}. */
  get sets(): readonly Told[] {
    return this.#decisions.sets;
  }

  get asks(): readonly Told[] {
    return this.#decisions.asks;
  }

  /** Streams that are open now. */
  open(method: string): number {
    return this.#open.get(method) ?? 0;
  }

  count(method: string, code: string): number {
    return this.calls.filter((call) => call.method === method && call.code === code).length;
  }

  async resume(): Promise<void> {
    const shared = { clock: this.#clock, service: this.#decisions, recorder: this.#recorder, references: references() };
    this.#server = await startServer({
      ...shared,
      address: this.address,
      hasReflection: false,
      ...(this.#credentials ? { credentials: this.#credentials } : {}),
      drainDelay: 0.5,
      drainGrace: 2,
    });
    this.#grpcPort = this.#server.port;
    const where = { host: this.#host, port: this.#httpPort };
    this.#door = await startHttpDoor({ ...shared, ...where, readToken: () => STUB_TOKEN });
    this.#httpPort = this.#door.port;
  }

  /** Gone at once, as after SIGKILL: nobody listens on its ports any more. */
  async kill(): Promise<void> {
    this.#server?.close();
    await this.#door?.close();
  }

  /** As after SIGTERM. */
  async drain(): Promise<void> {
    await this.#server?.drain();
    await this.#door?.close();
  }
}

/** With the digits below a millisecond, by which what happens within one keeps its order. */
function unixNow(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

function references(): References {
  return new References({
    context: { findProfile: () => undefined, hasPolicy: () => true, hasBackend: () => true },
    onUnknownKeys: () => {},
  });
}

function decisionOf(replicas: number): Decision {
  return {
    kind: 'decision',
    tick: 0,
    replicas,
    currentReplicas: replicas,
    source: 'policy',
    proposals: [],
    corrections: [],
    sentence: `${replicas} as told`,
  };
}
