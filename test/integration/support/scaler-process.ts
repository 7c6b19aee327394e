import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface Ports {
  readonly grpcPort: number;
  readonly decisionsPort?: number;
}

/** `kiscaler serve` as a process of its own, on free ports. */
export class ScalerProcess {
  readonly grpcPort: number;
  /** Of the HTTP door, where it is open. */
  readonly decisionsPort: number | undefined;
  readonly #process: ChildProcess;

  private constructor({ grpcPort, decisionsPort }: Ports, process: ChildProcess) {
    this.grpcPort = grpcPort;
    this.decisionsPort = decisionsPort;
    this.#process = process;
  }

  static async start(prometheusUrl: string, tick: string, more: readonly string[] = []): Promise<ScalerProcess> {
    const flags = [
      '--listen',
      '127.0.0.1:0',
      '--metrics-listen',
      '127.0.0.1:0',
      '--tick',
      tick,
      '--lag',
      tick,
      '--window-ticks',
      '32',
      ...more,
    ];
    const child = spawn(
      process.execPath,
      [
        'dist/cli/main.js',
        'serve',
        ...flags,
        '--prometheus-url',
        prometheusUrl,
        '--drain-delay',
        '0s',
        '--log-level',
        'error',
      ],
      { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    for await (const line of createInterface({ input: child.stdout })) {
      return new ScalerProcess(JSON.parse(line) as Ports, child);
    }
    throw new Error('kiscaler serve ended before it served');
  }

  /** Asks it to end and gives its exit code. */
  stop(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    return ended;
  }
}
