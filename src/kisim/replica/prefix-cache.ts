import type { Tokens } from '../../base/units.js';

/** A run of cached blocks that nobody uses, in the order in which they will be evicted; a ring through a sentinel. */
interface Idle {
  blocks: number;
  /** The shared block that it is; absent: blocks of one sequence's own, the last of them first to go. */
  readonly copy?: Copy;
  before: Idle;
  after: Idle;
}

/** One physical block that holds part of a shared prefix; several sequences may compute the same part and hold a copy each. */
interface Copy {
  readonly key: number;
  users: number;
  idle: Idle | undefined;
}

/** What the cache remembers of one sequence. */
export interface CachedPrefix {
  /** Requests of one group (>= 0) share their first tokens; -1: unique. */
  readonly group: number;
  /** Whole blocks of the shared prefix. */
  readonly sharedBlocks: number;
  /** Copies of shared blocks in use, by their place in the prompt. */
  readonly copies: Copy[];
  /** What is left of its own blocks after a preemption. */
  own: Idle | undefined;
}

/** Blocks that a prompt may share; a group's prefix has fewer than this. */
const MAX_PREFIX_BLOCKS = 2 ** 21;

export function createCachedPrefix(
  group: number,
  prefixTokens: Tokens,
  prompt: Tokens,
  blockSize: Tokens,
): CachedPrefix {
  const shared = group < 0 ? 0 : Math.floor(Math.min(prefixTokens, prompt) / blockSize);
  return { group, sharedBlocks: Math.min(shared, MAX_PREFIX_BLOCKS), copies: [], own: undefined };
}

/**
 * vLLM's automatic prefix caching (v1/core/block_pool.py and kv_cache_manager.py, 0.32.0): a block is known by the tokens up to
 * its end as soon as the step that fills it is scheduled. Freed blocks stay known, the last block of a sequence first to be
 * evicted, least recently used sequences before others. Equal blocks that were computed twice are not merged. Only what can
 * still be found is told apart: shared blocks one by one, a sequence's own blocks as one run (it finds them again when it
 * returns from a preemption).
 */
export class PrefixCache {
  /** Cached blocks that nobody uses: free, but for being evicted first. */
  idleBlocks = 0;
  /** Of the hits that `find` counted last: blocks that nobody uses at present. */
  idleHits = 0;
  readonly #copies = new Map<number, Copy[]>();
  readonly #ring: Idle = createRing();

  /** Leading blocks of the sequence that are cached, at most `limit`. Pure but for `idleHits`. */
  find(prefix: CachedPrefix, limit: number): number {
    this.idleHits = 0;
    const shared = Math.min(prefix.sharedBlocks, limit);
    for (let i = 0; i < shared; i++) {
      const copy = this.#first(prefix, i);
      if (!copy) return i;
      if (copy.users === 0) this.idleHits++;
    }
    const own = shared < prefix.sharedBlocks ? 0 : Math.min(limit - shared, prefix.own?.blocks ?? 0);
    this.idleHits += own;
    return shared + own;
  }

  /** Puts the first `hits` blocks, as `find` counted them, to use. */
  claim(prefix: CachedPrefix, hits: number): void {
    const shared = Math.min(prefix.sharedBlocks, hits);
    for (let i = 0; i < shared; i++) {
      const copy = this.#first(prefix, i) as Copy;
      if (copy.idle) this.#drop(copy.idle, 1);
      copy.idle = undefined;
      copy.users++;
      prefix.copies.push(copy);
    }
    const { own } = prefix;
    if (own && hits > shared) this.#drop(own, hits - shared);
    // What is left behind the hits will be computed again, under the same name: nobody looks for the old ones any more.
    prefix.own = undefined;
  }

  /** The sequence's first `full` blocks are full: shared ones can be found by others from now on. */
  fill(prefix: CachedPrefix, full: number): void {
    const shared = Math.min(full, prefix.sharedBlocks);
    for (let i = prefix.copies.length; i < shared; i++) {
      const copy = { key: keyOf(prefix, i), users: 1, idle: undefined };
      const others = this.#copies.get(copy.key);
      if (others) others.push(copy);
      else this.#copies.set(copy.key, [copy]);
      prefix.copies.push(copy);
    }
  }

  /** The sequence gives its first `full` blocks back: they stay cached until somebody needs their room. */
  release(prefix: CachedPrefix, full: number): void {
    const own = full - prefix.copies.length;
    if (own > 0) prefix.own = this.#append(own);
    for (let copy = prefix.copies.pop(); copy; copy = prefix.copies.pop())
      if (--copy.users === 0) copy.idle = this.#append(1, copy);
  }

  /** Forgets the `blocks` idle blocks that come first in the order of eviction. */
  evict(blocks: number): void {
    for (let left = blocks; left > 0; ) {
      const oldest = this.#ring.after;
      const gone = Math.min(left, oldest.blocks);
      this.#drop(oldest, gone);
      left -= gone;
      if (oldest.copy) this.#forget(oldest.copy);
    }
  }

  #first(prefix: CachedPrefix, index: number): Copy | undefined {
    return this.#copies.get(keyOf(prefix, index))?.[0];
  }

  #forget(copy: Copy): void {
    const copies = this.#copies.get(copy.key) as Copy[];
    if (copies.length === 1) this.#copies.delete(copy.key);
    else copies.splice(copies.indexOf(copy), 1);
  }

  #append(blocks: number, copy?: Copy): Idle {
    const { before } = this.#ring;
    const idle = { blocks, before, after: this.#ring, ...(copy ? { copy } : {}) };
    before.after = idle;
    this.#ring.before = idle;
    this.idleBlocks += blocks;
    return idle;
  }

  /** Takes blocks out of an idle run, and the run out of the ring when none is left. */
  #drop(idle: Idle, blocks: number): void {
    idle.blocks -= blocks;
    this.idleBlocks -= blocks;
    if (idle.blocks > 0) return;
    idle.before.after = idle.after;
    idle.after.before = idle.before;
  }
}

function keyOf({ group }: CachedPrefix, index: number): number {
  return group * MAX_PREFIX_BLOCKS + index;
}

function createRing(): Idle {
  const ring = { blocks: 0 } as Idle;
  ring.before = ring;
  ring.after = ring;
  return ring;
}
