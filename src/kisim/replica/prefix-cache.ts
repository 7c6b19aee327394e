import type { Tokens } from '../../base/units.js';

/**
 * Cached blocks with one history: the places [start, end) of a shared prefix, or as many of one sequence's own. They came, were
 * used and will go together, so that work is done per run, not per block; a run that is only partly used again is split.
 */
class Run {
  /** The runs that it is one of; undefined: blocks of one sequence's own, which no other can find. */
  readonly group: Group | undefined;
  readonly start: number;
  end: number;
  /** Sequences that use it; a run without any hangs in the ring of idle ones, between `before` and `after`. */
  users: number;
  /** What was split off from its end; may be gone by now. */
  rest: Run | undefined;
  before: Run = this;
  after: Run = this;

  constructor(start: number, end: number, users: number, group?: Group) {
    this.group = group;
    this.start = start;
    this.end = end;
    this.users = users;
  }

  get length(): number {
    return this.end - this.start;
  }
}

/** Runs of one prefix, first computed first; several sequences may compute the same part and hold a copy each. */
interface Group {
  readonly id: number;
  readonly runs: Run[];
}

/** Consecutive runs in use by a sequence: `first` and what was split off from it since, up to a place in the prompt. */
interface Holding {
  readonly first: Run;
  end: number;
}

/** What the cache remembers of one sequence. */
export interface CachedPrefix {
  /** Requests of one group (>= 0) share their first tokens; -1: unique. */
  readonly group: number;
  /** Whole blocks of the shared prefix. */
  readonly sharedBlocks: number;
  /** Shared blocks in use, from the prompt's first one on, in order. */
  readonly holdings: Holding[];
  /** What is left of its own blocks after a preemption. */
  own: Run | undefined;
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
  return { group, sharedBlocks: Math.min(shared, MAX_PREFIX_BLOCKS), holdings: [], own: undefined };
}

/**
 * vLLM's automatic prefix caching (v1/core/block_pool.py and kv_cache_manager.py, 0.32.0): a block is known by the tokens up to
 * its end as soon as the step that fills it is scheduled. Freed blocks stay known, the last block of a sequence first to be
 * evicted, least recently used sequences before others. Equal blocks that were computed twice are not merged. Only what can
 * still be found is told apart: shared blocks by their place, a sequence's own blocks as one run (it finds them again when it
 * returns from a preemption).
 */
export class PrefixCache {
  /** Cached blocks that nobody uses: free, but for being evicted first. */
  idleBlocks = 0;
  /** Of the hits that `find` counted last: blocks that nobody uses at present. */
  idleHits = 0;
  readonly #groups = new Map<number, Group>();
  /** Idle runs in the order of eviction, each from its end; a ring through a sentinel. */
  readonly #ring: Run = new Run(0, 0, 0);
  /** Where the blocks that `#first` found end. */
  #firstEnd = 0;

  /** Leading blocks of the sequence that are cached, at most `limit`. Pure but for `idleHits`. */
  find(prefix: CachedPrefix, limit: number): number {
    this.idleHits = 0;
    const shared = Math.min(prefix.sharedBlocks, limit);
    const group = shared > 0 ? this.#groups.get(prefix.group) : undefined;
    for (let place = 0; place < shared; place = this.#firstEnd) {
      const run = this.#first(group, place, shared);
      if (!run) return place;
      if (run.users === 0) this.idleHits += this.#firstEnd - place;
    }
    const own = shared < prefix.sharedBlocks ? 0 : Math.min(limit - shared, prefix.own?.length ?? 0);
    this.idleHits += own;
    return shared + own;
  }

  /** Puts the first `hits` blocks, as `find` counted them, to use. */
  claim(prefix: CachedPrefix, hits: number): void {
    const shared = Math.min(prefix.sharedBlocks, hits);
    const group = shared > 0 ? this.#groups.get(prefix.group) : undefined;
    for (let place = 0; place < shared; place = this.#firstEnd) {
      let run = this.#first(group, place, shared) as Run;
      const end = this.#firstEnd;
      if (run.start < place) run = this.#split(run, place);
      if (end < run.end) this.#split(run, end);
      if (run.users === 0) this.#drop(run);
      run.users++;
      prefix.holdings.push({ first: run, end });
    }
    const { own } = prefix;
    if (own && hits > shared) this.#shorten(own, hits - shared);
    // What is left behind the hits will be computed again, under the same name: nobody looks for the old ones any more.
    prefix.own = undefined;
  }

  /** The sequence's first `full` blocks are full: shared ones can be found by others from now on. */
  fill(prefix: CachedPrefix, full: number): void {
    const end = Math.min(full, prefix.sharedBlocks);
    const start = heldBy(prefix);
    if (end <= start) return;
    const group = this.#groupOf(prefix.group);
    const last = prefix.holdings.at(-1);
    const newest = group.runs.at(-1);
    // Alone with the newest run it makes that longer: places of others keep their order.
    if (last && last.first === newest && newest.users === 1 && newest.end === start) {
      newest.end = end;
      last.end = end;
      return;
    }
    const run = new Run(start, end, 1, group);
    group.runs.push(run);
    prefix.holdings.push({ first: run, end });
  }

  /** The sequence gives its first `full` blocks back: they stay cached until somebody needs their room. */
  release(prefix: CachedPrefix, full: number): void {
    const own = full - heldBy(prefix);
    if (own > 0) {
      prefix.own = new Run(0, own, 0);
      this.#append(prefix.own);
    }
    for (let holding = prefix.holdings.pop(); holding; holding = prefix.holdings.pop())
      this.#releaseFromEnd(holding.first, holding.end);
  }

  /** Forgets the `blocks` idle blocks that come first in the order of eviction. */
  evict(blocks: number): void {
    for (let left = blocks; left > 0; ) {
      const oldest = this.#ring.after;
      const gone = Math.min(left, oldest.length);
      this.#shorten(oldest, gone);
      left -= gone;
      if (oldest.group && oldest.length === 0) this.#forget(oldest, oldest.group);
    }
  }

  /**
   * The copy of the block at `place` that was computed first; sets `#firstEnd`, at most `limit`, up to which it goes on. Who
   * computes a block holds those before it and frees them later, so that no older copy begins within a younger run.
   */
  #first(group: Group | undefined, place: number, limit: number): Run | undefined {
    const run = group?.runs.find(({ start, end }) => start <= place && place < end);
    if (run) this.#firstEnd = Math.min(run.end, limit);
    return run;
  }

  #groupOf(id: number): Group {
    const known = this.#groups.get(id);
    if (known) return known;
    const group = { id, runs: [] };
    this.#groups.set(id, group);
    return group;
  }

  /** Splits a shared run at a place within it; returns what comes behind, which is evicted before. */
  #split(run: Run, place: number): Run {
    const { group, users } = run;
    const { runs } = group as Group;
    const behind = new Run(place, run.end, users, group);
    behind.rest = run.rest;
    run.rest = behind;
    run.end = place;
    runs.splice(runs.indexOf(run) + 1, 0, behind);
    if (users === 0) insertBefore(run, behind);
    return behind;
  }

  #releaseFromEnd(run: Run, end: number): void {
    if (run.end < end) this.#releaseFromEnd(run.rest as Run, end);
    if (--run.users === 0) this.#append(run);
  }

  #forget(run: Run, { id, runs }: Group): void {
    if (runs.length === 1) this.#groups.delete(id);
    else runs.splice(runs.indexOf(run), 1);
  }

  #append(run: Run): void {
    insertBefore(this.#ring, run);
    this.idleBlocks += run.length;
  }

  /** Takes blocks from the end of an idle run, and the run out of the ring when none is left. */
  #shorten(run: Run, blocks: number): void {
    run.end -= blocks;
    this.idleBlocks -= blocks;
    if (run.length === 0) unlink(run);
  }

  /** Takes a whole idle run, which is wanted again, out of the ring. */
  #drop(run: Run): void {
    this.idleBlocks -= run.length;
    unlink(run);
  }
}

/** Shared blocks that the sequence holds. */
function heldBy({ holdings }: CachedPrefix): number {
  return holdings[holdings.length - 1]?.end ?? 0;
}

function insertBefore(place: Run, run: Run): void {
  run.before = place.before;
  run.after = place;
  place.before.after = run;
  place.before = run;
}

function unlink({ before, after }: Run): void {
  before.after = after;
  after.before = before;
}
