import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pidsFile } from './folders.js';

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Asked until it answers true; the process ending meanwhile is an error with the end of its log. */
  readonly isReady?: () => Promise<boolean>;
  /** Seconds until it must be ready. */
  readonly patience?: number;
  /**
   * In our session, not in one of its own. For what starts in the midst of a measurement: until a child runs its program its parent
   * waits, and where Linux shares the processors among sessions a new one may wait for seconds.
   */
  readonly isOfOurSession?: boolean;
}

/** A process that this run started, and may start again with the same command. */
export class ManagedProcess {
  readonly log: string;
  readonly #spec: ProcessSpec;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #ended: Promise<number | string> = Promise.resolve(0);

  constructor(spec: ProcessSpec, folder: string) {
    this.#spec = spec;
    this.#folder = folder;
    this.log = join(folder, 'log', `${spec.name}.log`);
  }

  get name(): string {
    return this.#spec.name;
  }

  /** Of the running process; NaN while there is none. */
  get pid(): number {
    return this.isRunning ? (this.#child?.pid ?? Number.NaN) : Number.NaN;
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  async start(): Promise<void> {
    const { command, args, env, name, isOfOurSession = false } = this.#spec;
    const output = openSync(this.log, 'a');
    // A session of its own: Ctrl-C on a terminal then reaches only us, and things end in order.
    const child = spawn(command, args, {
      stdio: ['ignore', output, output],
      detached: !isOfOurSession,
      env: { ...inherited(), E2E_RUN: this.#folder, ...env },
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(code ?? signal ?? ''));
      child.once('error', (error) => resolve(error.message));
    });
    if (child.pid !== undefined) appendFileSync(pidsFile(this.#folder), `${child.pid}\n`);
    await this.#awaitReady();
    if (!this.isRunning) throw new Error(`${name} has ended: ${this.#tail()}`);
  }

  async #awaitReady(): Promise<void> {
    const { isReady, patience = 60, name } = this.#spec;
    if (!isReady) return;
    const until = Date.now() + 1000 * patience;
    while (!(await isReady().catch(() => false))) {
      if (!this.isRunning) throw new Error(`${name} has ended (${await this.#ended}): ${this.#tail()}`);
      if (Date.now() > until) throw new Error(`${name} is not ready after ${patience} s: ${this.#tail()}`);
      await wait(100);
    }
  }

  /** Asks it to end, and insists after `patience` seconds; gives its exit code or the signal that ended it. */
  async stop(patience = 10): Promise<number | string> {
    if (this.isRunning) this.#child?.kill('SIGTERM');
    const insist = setTimeout(() => this.kill(), 1000 * patience);
    const code = await this.#ended;
    clearTimeout(insist);
    return code;
  }

  /** Ends it at once; also one that is stopped by `freeze`. */
  kill(): void {
    if (this.isRunning) this.#child?.kill('SIGKILL');
  }

  /** Holds it (it accepts connections and never answers) until `thaw`. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  #tail(): string {
    return readFileSync(this.log, 'utf8').trim().split('\n').slice(-5).join('\n');
  }
}

/** Everything that a run has started, ended in reverse order. */
export class Processes {
  readonly #folder: string;
  readonly #started: ManagedProcess[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    writeFileSync(pidsFile(folder), `${process.pid}\n`);
    // Whatever ends us, nothing of ours outlives us.
    process.on('exit', () => this.#started.forEach((one) => void one.kill()));
  }

  async start(spec: ProcessSpec): Promise<ManagedProcess> {
    const started = new ManagedProcess(spec, this.#folder);
    this.#started.push(started);
    await started.start();
    return started;
  }

  find(name: string): ManagedProcess {
    const found = this.#started.findLast((one) => one.name === name);
    if (!found) throw new Error(`no process ${name}`);
    return found;
  }

  async stopAll(): Promise<void> {
    for (const one of this.#started.toReversed()) {
      one.thaw();
      await one.stop();
    }
  }
}

/** Settings of ours in the caller's environment must not reach a scaler under test. */
function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  return { PATH, HOME, TMPDIR, LANG };
}
