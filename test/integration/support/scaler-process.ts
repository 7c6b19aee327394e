import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** `kiscaler serve` as a process of its own, on free ports. */
export class ScalerProcess {
  readonly grpcPort: number;
  readonly #process: ChildProcess;

  private constructor(grpcPort: number, process: ChildProcess) {
    this.grpcPort = grpcPort;
    this.#process = process;
  }

  static async start(prometheusUrl: string, tick: string): Promise<ScalerProcess> {
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
      return new ScalerProcess((JSON.parse(line) as { grpcPort: number }).grpcPort, child);
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
