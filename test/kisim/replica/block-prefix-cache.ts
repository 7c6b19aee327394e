import type { CachedPrefix } from '../../../src/kisim/replica/prefix-cache.js';

interface Block {
  readonly key: string | undefined;
  users: number;
}

interface Held {
  readonly shared: Block[];
  /** Blocks of its own that were not evicted yet, the first one first. */
  own: Block[];
}

/** The laws of `PrefixCache` told block by block: plain lists, slow and easy to read. */
export class BlockPrefixCache {
  /** In the order of eviction. */
  #idle: Block[] = [];
  readonly #cached: Block[] = [];
  readonly #held = new Map<CachedPrefix, Held>();

  get idleBlocks(): number {
    return this.#idle.length;
  }

  /** Leading blocks that are cached, and how many of them nobody uses. */
  find(prefix: CachedPrefix, limit: number): readonly [hits: number, idle: number] {
    const found = this.#found(prefix, limit);
    return [found.length, found.filter(({ users }) => users === 0).length];
  }

  claim(prefix: CachedPrefix, hits: number): void {
    const found = this.#found(prefix, hits);
    this.#idle = this.#idle.filter((block) => !found.includes(block));
    const shared = found.filter(({ key }) => key !== undefined);
    for (const block of shared) block.users++;
    this.#held.set(prefix, { shared, own: [] });
  }

  fill(prefix: CachedPrefix, full: number): void {
    const { shared } = this.#of(prefix);
    for (let place = shared.length; place < Math.min(full, prefix.sharedBlocks); place++) {
      const block = { key: `${prefix.group}/${place}`, users: 1 };
      this.#cached.push(block);
      shared.push(block);
    }
  }

  release(prefix: CachedPrefix, full: number): void {
    const { shared } = this.#of(prefix);
    const own = Array.from({ length: Math.max(0, full - shared.length) }, () => ({ key: undefined, users: 0 }));
    for (const block of shared) block.users--;
    this.#idle.push(...own.toReversed(), ...shared.filter(({ users }) => users === 0).toReversed());
    this.#held.set(prefix, { shared: [], own });
  }

  evict(blocks: number): void {
    for (const block of this.#idle.splice(0, blocks)) {
      if (block.key !== undefined) this.#cached.splice(this.#cached.indexOf(block), 1);
      for (const held of this.#held.values()) held.own = held.own.filter((one) => one !== block);
    }
  }

  #found(prefix: CachedPrefix, limit: number): readonly Block[] {
    const found: Block[] = [];
    for (let place = 0; place < Math.min(limit, prefix.sharedBlocks); place++) {
      const block = this.#cached.find(({ key }) => key === `${prefix.group}/${place}`);
      if (!block) return found;
      found.push(block);
    }
    return [...found, ...this.#of(prefix).own.slice(0, limit - found.length)];
  }

  #of(prefix: CachedPrefix): Held {
    const held = this.#held.get(prefix) ?? { shared: [], own: [] };
    this.#held.set(prefix, held);
    return held;
  }
}
