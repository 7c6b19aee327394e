import type { PlannedRun } from '../../evaluation/planned-run.js';
import type { PlayRun } from '../../evaluation/play-run.js';
import type { EvaluationRow } from '../../evaluation/row.js';
import { UsageError } from '../simulate/usage-error.js';
import { startThread } from '../start-thread.js';
import type { RunReply } from './run-message.js';

/** Threads that play runs, each one at a time. */
export interface WorkerPool {
  readonly play: PlayRun;
  close(): Promise<void>;
}

interface Task {
  readonly run: PlannedRun;
  readonly resolve: (row: EvaluationRow | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** So many threads; runs beyond that wait. A run that cannot be rejects with UsageError where it is the user's to put right. */
export function openWorkerPool(size: number): WorkerPool {
  const waiting: Task[] = [];
  const idle: Thread[] = [];
  const next = (thread: Thread): void => {
    const task = waiting.shift();
    if (task) thread.start(task);
    else idle.push(thread);
  };
  const threads = Array.from({ length: size }, () => new Thread(next));
  idle.push(...threads);
  return {
    play: (run) =>
      new Promise((resolve, reject) => {
        waiting.push({ run, resolve, reject });
        const thread = idle.pop();
        if (thread) next(thread);
      }),
    async close() {
      await Promise.all(threads.map((thread) => thread.end()));
    },
  };
}

class Thread {
  readonly #worker = startThread(import.meta.url, 'worker');
  readonly #onFree: (thread: Thread) => void;
  #task: Task | undefined;
  #id = 0;

  constructor(onFree: (thread: Thread) => void) {
    this.#onFree = onFree;
    this.#worker.on('message', (reply: RunReply) => this.#finish(reply));
    this.#worker.on('error', (error: Error) => this.#task?.reject(error));
  }

  start(task: Task): void {
    this.#task = task;
    this.#worker.postMessage({ id: ++this.#id, run: task.run });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #finish(reply: RunReply): void {
    const task = this.#task;
    this.#task = undefined;
    if ('row' in reply) task?.resolve(reply.row);
    else task?.reject(reply.isUsersError ? new UsageError(reply.problem) : new Error(reply.problem));
    this.#onFree(this);
  }
}
