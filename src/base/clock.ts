import type { Seconds } from './units.js';

/**
 * The only source of time. Everything that waits or stamps takes one as an argument, so that tests stand still and the
 * demo runs at 60x.
 */
export interface Clock {
  /** Unix time in seconds; it may jump, so it is for the grid and for ages, never for durations. */
  now(): Seconds;
  /** Seconds since an arbitrary origin; never goes back. */
  monotonic(): Seconds;
  /** Resolves after `duration` seconds of this clock, or at once when `signal` is aborted. */
  sleep(duration: Seconds, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock, its time multiplied by `speed` from the moment it was made (`speed` 1: real time). */
export function createSystemClock(speed = 1, start: Seconds = Date.now() / 1000): Clock {
  const origin = performance.now();
  const elapsed = (): Seconds => ((performance.now() - origin) / 1000) * speed;
  return {
    now: () => start + elapsed(),
    monotonic: elapsed,
    sleep: (duration, signal) => sleepReal(duration / speed, signal),
  };
}

function sleepReal(duration: Seconds, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.max(0, duration * 1000));
    signal?.addEventListener('abort', wake);
  });
}

/** A clock that moves only when told to: `advance` wakes every sleeper whose time has come, in order. */
export class ManualClock implements Clock {
  #now: Seconds;
  readonly #start: Seconds;
  #sleepers: { readonly at: Seconds; readonly wake: () => void }[] = [];

  constructor(start: Seconds = 0) {
    this.#now = start;
    this.#start = start;
  }

  now(): Seconds {
    return this.#now;
  }

  monotonic(): Seconds {
    return this.#now - this.#start;
  }

  sleep(duration: Seconds, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted || duration <= 0) return resolve();
      const wake = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const sleeper = { at: this.#now + duration, wake };
      const giveUp = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        wake();
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', giveUp);
    });
  }

  /** Moves on by `duration` seconds, letting woken sleepers run between two wake-ups. */
  async advance(duration: Seconds): Promise<void> {
    const end = this.#now + duration;
    for (;;) {
      const due = this.#sleepers.filter((sleeper) => sleeper.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== due);
      this.#now = due.at;
      due.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
