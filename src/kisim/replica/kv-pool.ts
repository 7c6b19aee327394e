import type { Ratio, Tokens } from '../../base/units.js';
import { type CachedPrefix, PrefixCache } from './prefix-cache.js';

/** The KV cache of one replica, in blocks. */
export class KvPool {
  /** Present where prefix caching is on. */
  readonly cache: PrefixCache | undefined;
  readonly blockSize: Tokens;
  readonly #usable: number;
  /** Free blocks that hold nothing worth finding; they are used before cached ones. */
  #blank: number;

  /** vLLM keeps one block of the pool as its null block, so `blocks` - 1 can be used. */
  constructor(blocks: number, blockSize: Tokens, hasPrefixCaching = false) {
    this.blockSize = blockSize;
    this.#usable = blocks - 1;
    this.#blank = this.#usable;
    this.cache = hasPrefixCaching ? new PrefixCache() : undefined;
  }

  /** Share of blocks in use; cached blocks that nobody uses are free. */
  get usage(): Ratio {
    return 1 - this.free / this.#usable;
  }

  get free(): number {
    return this.#blank + (this.cache === undefined ? 0 : this.cache.idleBlocks);
  }

  blocksFor(tokens: Tokens): number {
    return Math.ceil(tokens / this.blockSize);
  }

  /** Whether a sequence of that many tokens could ever run here. */
  canHold(tokens: Tokens): boolean {
    return this.blocksFor(tokens) <= this.#usable;
  }

  /** Takes free blocks, evicting cached ones where blank ones run out; false, and nothing changed, when they are short. */
  take(blocks: number): boolean {
    if (blocks > this.free) return false;
    const blank = Math.min(blocks, this.#blank);
    this.#blank -= blank;
    if (blank < blocks) this.cache?.evict(blocks - blank);
    return true;
  }

  /**
   * Gives back the `held` blocks of a sequence whose first `tokens` tokens are computed (or scheduled): full blocks stay in the
   * prefix cache, where there is one.
   */
  give(held: number, tokens: Tokens, prefix: CachedPrefix | undefined): void {
    if (!prefix || !this.cache) {
      this.#blank += held;
      return;
    }
    const full = Math.min(held, Math.floor(tokens / this.blockSize));
    this.#blank += held - full;
    this.cache.release(prefix, full);
  }

  /** Leading blocks of a sequence of `tokens` tokens that are cached; its last token is always computed, for its logits. */
  findHits(tokens: Tokens, prefix: CachedPrefix | undefined): number {
    if (!prefix || !this.cache) return 0;
    return this.cache.find(prefix, Math.floor((tokens - 1) / this.blockSize));
  }

  /** Whether all of a sequence of `tokens` tokens fits, given its hits as `findHits` counted them last. */
  hasRoomFor(tokens: Tokens, hits: number): boolean {
    const idleHits = hits > 0 && this.cache ? this.cache.idleHits : 0;
    return this.blocksFor(tokens) - hits + idleHits <= this.free;
  }
}
