import type { Logger } from 'pino';
import { errorField } from '../../observability/logger.js';

/**
 * The end of a process: the first signal runs the steps that were added, the second one ends at once. Listens from the moment
 * it is made, because as process 1 of a container nothing else does.
 */
export class Shutdown {
  readonly #log: Logger;
  readonly #steps: (() => Promise<void>)[] = [];
  #isEnding = false;

  constructor(log: Logger) {
    this.#log = log;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void this.end(signal, 0));
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (cause: unknown) => {
        log.error({ error: errorField(cause), reason: event }, 'an error that nobody caught');
        void this.end(event, 1);
      });
    }
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Steps run in the order in which they were added, one after the other. */
  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /** Runs the steps and ends the process with `code`; called again, ends it at once with 1. */
  async end(reason: string, code: number): Promise<void> {
    if (this.#isEnding) process.exit(1);
    this.#isEnding = true;
    this.#log.info({ reason }, 'draining');
    try {
      for (const step of this.#steps) await step();
    } catch (cause) {
      this.#log.error({ error: errorField(cause), reason }, 'draining failed');
      process.exit(1);
    }
    this.#log.info({ reason }, 'ended');
    process.exit(code);
  }
}
