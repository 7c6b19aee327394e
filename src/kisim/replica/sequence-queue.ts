import type { Sequence } from './sequence.js';

const COMPACT_FROM = 64;

/** First in, first out, but for preempted sequences, which return to the head. Amortized constant time at both ends. */
export class SequenceQueue {
  #items: Sequence[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): Sequence | undefined {
    return this.#items[this.#head];
  }

  push(sequence: Sequence): void {
    this.#items.push(sequence);
  }

  shift(): void {
    this.#head++;
    if (this.#head < COMPACT_FROM || this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }

  unshift(sequence: Sequence): void {
    if (this.#head > 0) this.#items[--this.#head] = sequence;
    else this.#items.unshift(sequence);
  }

  remove(sequence: Sequence): void {
    const index = this.#items.indexOf(sequence, this.#head);
    if (index >= 0) this.#items.splice(index, 1);
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
