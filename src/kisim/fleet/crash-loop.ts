import type { Seconds } from '../../base/units.js';

const INITIAL: Seconds = 10;
const LONGEST: Seconds = 300;
/** A container that ran this long since its last restart has a clean record again. */
const FORGIVEN_AFTER: Seconds = 2 * LONGEST;

/**
 * CrashLoopBackOff: the first restart is immediate, the next ones wait 10 s, 20 s, 40 s and so on up to 5 minutes, all over
 * again after 10 minutes without a crash. Source: kubelet, MaxContainerBackOff and client-go's flowcontrol.Backoff.
 */
export class CrashLoop {
  #wait: Seconds = 0;
  #restartedAt: Seconds = Number.NEGATIVE_INFINITY;

  /** Seconds that a container which has ended at `now` waits for its restart. */
  next(now: Seconds): Seconds {
    if (now - this.#restartedAt > FORGIVEN_AFTER) this.#wait = 0;
    const wait = this.#wait;
    this.#wait = wait === 0 ? INITIAL : Math.min(LONGEST, 2 * wait);
    this.#restartedAt = now + wait;
    return wait;
  }
}
