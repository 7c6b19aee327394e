import type { Seconds, Tokens } from '../../base/units.js';
import type { CachedPrefix } from './prefix-cache.js';

/** One request inside an engine. */
export interface Sequence {
  request: number;
  arrival: Seconds;
  prompt: Tokens;
  output: Tokens;
  generated: Tokens;
  /** Tokens whose KV entries exist. */
  computed: Tokens;
  /** KV blocks in its table, `borrowed` ones included. */
  blocks: number;
  /** Blocks that a mean hit rate says it shares with others: in its table, and nobody's to give back. */
  borrowed: number;
  /** What the prefix cache knows of it, where there is one. */
  readonly prefix: CachedPrefix | undefined;
  /** Tokens that the step under way computes for it. */
  chunk: Tokens;
  scheduledAt: Seconds;
  firstTokenAt: Seconds;
  preemptions: number;
  isRunning: boolean;
}

export function createSequence(
  request: number,
  arrival: Seconds,
  prompt: Tokens,
  output: Tokens,
  prefix: CachedPrefix | undefined,
): Sequence {
  return {
    request,
    arrival,
    prompt,
    output,
    generated: 0,
    computed: 0,
    blocks: 0,
    borrowed: 0,
    prefix,
    chunk: 0,
    scheduledAt: Number.NaN,
    firstTokenAt: Number.NaN,
    preemptions: 0,
    isRunning: false,
  };
}
