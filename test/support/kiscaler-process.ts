import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

/** `kiscaler` in a process of its own; its output is kept as it comes. */
export class KiscalerProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { PATH, HOME } = process.env;
    this.child = spawn(process.execPath, ['--import', TSX, MAIN, ...args], {
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => this.child.on('close', (code, signal) => resolve(code ?? signal ?? '')));
  }

  /** Resolves when something like `pattern` was printed on either stream; rejects when the process ends before. */
  seen(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
        if (match) resolve(match);
      };
      this.child.stdout?.on('data', look);
      this.child.stderr?.on('data', look);
      look();
      void this.ended.then((code) => reject(new Error(`ended with ${code}: ${this.stdout}${this.stderr}`)));
    });
  }
}

/** Runs it to its end. */
export async function runKiscaler(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | string; readonly stdout: string; readonly stderr: string }> {
  const started = new KiscalerProcess(args, env);
  const code = await started.ended;
  return { code, stdout: started.stdout, stderr: started.stderr };
}
