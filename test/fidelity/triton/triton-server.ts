import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePorts } from '../../support/free-port.js';
import { raisePriority } from './priority.js';
import type { TritonInstallation } from './venv.js';

/** A model that sleeps a + c * b milliseconds for a batch of b, and how Triton batches for it. */
export interface ModelConfiguration {
  readonly a: number;
  readonly c: number;
  readonly maxBatchSize: number;
  readonly preferred: readonly number[];
  readonly delayMs: number;
  readonly instances: number;
  readonly maxQueueSize?: number;
}

interface Duration {
  readonly count: number;
  readonly ns: number;
}

/** What /v2/models/model/stats says, as far as it is used here. */
export interface ModelStatistics {
  readonly execution_count: number;
  readonly inference_stats: Readonly<Record<'success' | 'queue', Duration>>;
  readonly batch_stats: readonly {
    readonly batch_size: number;
    readonly compute_input: Duration;
    readonly compute_infer: Duration;
    readonly compute_output: Duration;
  }[];
}

/** A real tritonserver on free loopback ports with one Python model, whose kernel time is a sleep and all else real. */
export class TritonServer {
  readonly port: number;
  readonly #metricsPort: number;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(ports: readonly number[], folder: string, process: ChildProcess) {
    this.port = ports[0] as number;
    this.#metricsPort = ports[2] as number;
    this.#folder = folder;
    this.#process = process;
  }

  /** Throws when it is not ready within 60 s. */
  static async start(installation: TritonInstallation, model: ModelConfiguration): Promise<TritonServer> {
    const folder = mkdtempSync(join(tmpdir(), 'kiscaler-triton-'));
    writeModel(folder, model);
    const ports = await freePorts(3);
    const server = new TritonServer(ports, folder, launch(installation, folder, ports));
    for (let i = 0; i < 300; i++) {
      const isReady = await fetch(`${server.#url(server.port)}/v2/health/ready`).then(
        (response) => response.ok,
        () => false,
      );
      if (isReady) {
        raisePriority(server.#process.pid as number);
        return server;
      }
      await wait(200);
    }
    await server.stop();
    throw new Error('tritonserver did not become ready within 60 s');
  }

  async statistics(): Promise<ModelStatistics> {
    const response = await fetch(`${this.#url(this.port)}/v2/models/model/stats`);
    const { model_stats: models } = (await response.json()) as { model_stats: [ModelStatistics] };
    return models[0];
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.#url(this.#metricsPort)}/metrics`)).text();
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM');
      await Promise.race([ended, wait(10_000)]);
      this.#process.kill('SIGKILL');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #url(port: number): string {
    return `http://127.0.0.1:${port}`;
  }
}

function launch(installation: TritonInstallation, repository: string, ports: readonly number[]): ChildProcess {
  const { command, args, env } = tritonCommand(installation, repository, ports);
  return spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...env } });
}

/** How to start one on the ports of HTTP, gRPC and metrics. */
export function tritonCommand(
  { folder, bin, python }: TritonInstallation,
  repository: string,
  [http, grpc, metrics]: readonly number[],
): { readonly command: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const stub = join(folder, 'backends/python/triton_python_backend_stub');
  if (!existsSync(stub)) copyFileSync(join(folder, 'python_backend_stubs', python, 'triton_python_backend_stub'), stub);
  return {
    command: join(folder, 'bin/tritonserver'),
    args: [
      `--model-repository=${repository}`,
      `--backend-directory=${join(folder, 'backends')}`,
      ...['http', 'grpc', 'metrics'].map((door) => `--${door}-address=127.0.0.1`),
      `--http-port=${http}`,
      `--grpc-port=${grpc}`,
      `--metrics-port=${metrics}`,
      '--metrics-config=summary_latencies=true',
    ],
    env: { PATH: `${bin}:${process.env['PATH']}` },
  };
}

/** Writes a model repository with the one model `model`. */
export function writeModel(folder: string, model: ModelConfiguration): void {
  const { a, c, maxBatchSize, preferred, delayMs, instances, maxQueueSize } = model;
  mkdirSync(join(folder, 'model/1'), { recursive: true });
  writeFileSync(
    join(folder, 'model/1/model.py'),
    `import time
import triton_python_backend_utils as pb


class TritonPythonModel:
    def execute(self, requests):
        xs = [pb.get_input_tensor_by_name(request, "x").as_numpy() for request in requests]
        time.sleep((${a} + ${c} * sum(x.shape[0] for x in xs)) / 1e3)
        return [pb.InferenceResponse(output_tensors=[pb.Tensor("y", x)]) for x in xs]
`,
  );
  const policy = maxQueueSize === undefined ? '' : `default_queue_policy { max_queue_size: ${maxQueueSize} }`;
  writeFileSync(
    join(folder, 'model/config.pbtxt'),
    `name: "model"
backend: "python"
max_batch_size: ${maxBatchSize}
input [{ name: "x" data_type: TYPE_FP32 dims: [1] }]
output [{ name: "y" data_type: TYPE_FP32 dims: [1] }]
instance_group [{ kind: KIND_CPU count: ${instances} }]
dynamic_batching {
  preferred_batch_size: [${preferred.join(', ')}]
  max_queue_delay_microseconds: ${Math.round(1000 * delayMs)}
  ${policy}
}
`,
  );
}
