import { mkdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { exponential } from '../../../src/base/distributions.js';
import { createRng, type Rng } from '../../../src/base/rng.js';
import { type ModelConfiguration, tritonCommand, writeModel } from '../../fidelity/triton/triton-server.js';
import type { TritonInstallation } from '../../fidelity/triton/venv.js';
import { freePorts } from '../../support/free-port.js';
import type { Target } from './monitoring.js';
import type { PodRuntime } from './pod-agent.js';
import type { ManagedProcess } from './processes.js';
import type { Scene } from './scene.js';

interface Server {
  readonly process: ManagedProcess;
  readonly http: number;
  readonly metrics: number;
  isDraining: boolean;
  inFlight: number;
}

/** Poisson arrivals at a rate, in seconds. */
export function* poisson(rng: Rng, rate: number, seconds: number): Generator<number> {
  for (let at = exponential(rng, 1 / rate); at < seconds; at += exponential(rng, 1 / rate)) yield at;
}

const BODY = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP32', data: [1] }] });

/** One real tritonserver per ready pod, and the clients in front of them: only the kernel's time is a sleep. */
export class TritonPods implements PodRuntime {
  /** Seconds that each request took, in the order they were sent, as its client saw it; Infinity for one that failed. */
  readonly latencies: number[] = [];
  /** Seconds by which each request was sent later than it was due: what the machine could not keep up with. */
  readonly lateness: number[] = [];
  readonly #scene: Scene;
  readonly #installation: TritonInstallation;
  readonly #repository: string;
  readonly #servers = new Map<string, Server>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 512 });
  readonly #rng = createRng(1).stream('clients');
  #loads = 0;

  constructor(scene: Scene, installation: TritonInstallation, model: ModelConfiguration) {
    this.#scene = scene;
    this.#installation = installation;
    this.#repository = join(scene.bed.folder, 'targets', `${scene.namespace}-models`);
    mkdirSync(this.#repository);
    writeModel(this.#repository, model);
    scene.after(() => Promise.all([...this.#servers.values()].map(({ process }) => process.stop())));
  }

  get ready(): number {
    return this.#routable().length;
  }

  async start(name: string): Promise<void> {
    const [http, grpc, metrics] = (await freePorts(3)) as [number, number, number];
    const process = await this.#scene.bed.processes.start({
      name: `triton-${name}`,
      ...tritonCommand(this.#installation, this.#repository, [http, grpc, metrics]),
      isReady: async () => (await fetch(`http://127.0.0.1:${http}/v2/health/ready`)).ok,
      isOfOurSession: true,
    });
    this.#servers.set(name, { process, http, metrics, isDraining: false, inFlight: 0 });
  }

  drain(name: string): void {
    const server = this.#servers.get(name);
    if (server) server.isDraining = true;
  }

  isEmpty(name: string): boolean {
    return (this.#servers.get(name)?.inFlight ?? 0) === 0;
  }

  remove(name: string): void {
    void this.#servers.get(name)?.process.stop();
    this.#servers.delete(name);
  }

  advance(): void {}

  targets(): Readonly<Record<string, readonly Target[]>> {
    const { namespace } = this.#scene;
    const engine = [...this.#servers].map(([pod, { metrics }]): Target => {
      return { address: `127.0.0.1:${metrics}`, path: '/metrics', labels: { namespace, pod, container: 'triton' } };
    });
    return { engine };
  }

  /** Poisson arrivals at `rate` for so many seconds, whatever becomes of them, each to a ready server by chance. */
  load(rate: number, seconds: number): Promise<void> {
    return this.play(poisson(this.#rng.stream(`load/${this.#loads++}`), rate, seconds));
  }

  /** Sends a request at each of these seconds from now on, and waits for the answers. */
  async play(arrivals: Iterable<number>): Promise<void> {
    const started = performance.now() / 1000;
    const sent: Promise<void>[] = [];
    for (const at of arrivals) {
      const ahead = started + at - performance.now() / 1000;
      if (ahead > 0.001) await wait(1000 * ahead);
      this.lateness.push(Math.max(0, performance.now() / 1000 - started - at));
      sent.push(this.#infer());
    }
    await Promise.all(sent);
  }

  #routable(): readonly Server[] {
    return [...this.#servers.values()].filter(({ isDraining }) => !isDraining);
  }

  async #infer(): Promise<void> {
    const index = this.latencies.push(Number.POSITIVE_INFINITY) - 1;
    const ready = this.#routable();
    const server = ready[Math.floor(this.#rng.next() * ready.length)];
    const started = performance.now();
    if (server) server.inFlight++;
    const isServed = server !== undefined && (await this.#post(server.http));
    if (server) server.inFlight--;
    if (isServed) this.latencies[index] = (performance.now() - started) / 1000;
  }

  #post(port: number): Promise<boolean> {
    const headers = { 'content-type': 'application/json', 'content-length': BODY.length };
    const options = {
      host: '127.0.0.1',
      port,
      path: '/v2/models/model/infer',
      method: 'POST',
      headers,
      agent: this.#agent,
    };
    return new Promise((resolve) => {
      const call = request(options, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode === 200));
      });
      call.once('error', () => resolve(false));
      call.end(BODY);
    });
  }
}
