import type { Ratio, Tokens } from '../../base/units.js';
import type { Sequence } from './sequence.js';

/** The KV cache of one replica, in blocks. */
export class KvPool {
  readonly #blockSize: Tokens;
  readonly #usable: number;
  #free: number;

  /** vLLM keeps one block of the pool as its null block, so `blocks` - 1 can be used. */
  constructor(blocks: number, blockSize: Tokens) {
    this.#blockSize = blockSize;
    this.#usable = blocks - 1;
    this.#free = this.#usable;
  }

  get usage(): Ratio {
    return 1 - this.#free / this.#usable;
  }

  get free(): number {
    return this.#free;
  }

  blocksFor(tokens: Tokens): number {
    return Math.ceil(tokens / this.#blockSize);
  }

  /** Whether a sequence of that many tokens could ever run here. */
  canHold(tokens: Tokens): boolean {
    return this.blocksFor(tokens) <= this.#usable;
  }

  hasRoomFor(tokens: Tokens): boolean {
    return this.blocksFor(tokens) <= this.#free;
  }

  /** Grows the sequence's share to hold `tokens`; false, and nothing changed, when blocks are short. */
  grow(sequence: Sequence, tokens: Tokens): boolean {
    const more = this.blocksFor(tokens) - sequence.blocks;
    if (more <= 0) return true;
    if (more > this.#free) return false;
    this.#free -= more;
    sequence.blocks += more;
    return true;
  }

  release(sequence: Sequence): void {
    this.#free += sequence.blocks;
    sequence.blocks = 0;
  }
}
