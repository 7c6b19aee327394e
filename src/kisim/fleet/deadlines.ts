import type { Seconds } from '../../base/units.js';
import type { EventSource } from '../event-queue.js';
import type { RequestTable } from './request-table.js';

/**
 * The same patience for every request: deadlines fall due in the order of attempts, so a queue replaces a heap. Requests that
 * ended, or that `isMet` says no longer wait for it, are dropped unfired.
 */
export class Deadlines implements EventSource {
  readonly #requests: RequestTable;
  readonly #patience: Seconds;
  readonly #isMet: (slot: number) => boolean;
  readonly #onDue: (slot: number, at: Seconds) => void;
  #at = new Float64Array(1024);
  #sequence = new Float64Array(1024);
  #slot = new Int32Array(1024);
  #head = 0;
  #size = 0;

  constructor(
    requests: RequestTable,
    patience: Seconds,
    isMet: (slot: number) => boolean,
    onDue: (slot: number, at: Seconds) => void,
  ) {
    this.#requests = requests;
    this.#patience = patience;
    this.#isMet = isMet;
    this.#onDue = onDue;
  }

  /** Patience begins at `from`, which never goes back from call to call. */
  watch(slot: number, from: Seconds): void {
    if (this.#size === this.#at.length) this.#grow();
    const i = (this.#head + this.#size++) & (this.#at.length - 1);
    this.#at[i] = from + this.#patience;
    this.#sequence[i] = this.#requests.sequence[slot] as number;
    this.#slot[i] = slot;
  }

  get nextAt(): Seconds {
    while (this.#size > 0) {
      const slot = this.#slot[this.#head] as number;
      const isCurrent = this.#requests.sequence[slot] === this.#sequence[this.#head];
      if (isCurrent && !this.#isMet(slot)) return this.#at[this.#head] as number;
      this.#drop();
    }
    return Number.POSITIVE_INFINITY;
  }

  fire(): void {
    const at = this.#at[this.#head] as number;
    const slot = this.#slot[this.#head] as number;
    this.#drop();
    this.#onDue(slot, at);
  }

  #drop(): void {
    this.#head = (this.#head + 1) & (this.#at.length - 1);
    this.#size--;
  }

  #grow(): void {
    const length = this.#at.length;
    const at = new Float64Array(2 * length);
    const sequence = new Float64Array(2 * length);
    const slot = new Int32Array(2 * length);
    for (let i = 0; i < length; i++) {
      const from = (this.#head + i) & (length - 1);
      at[i] = this.#at[from] as number;
      sequence[i] = this.#sequence[from] as number;
      slot[i] = this.#slot[from] as number;
    }
    this.#at = at;
    this.#sequence = sequence;
    this.#slot = slot;
    this.#head = 0;
  }
}
