import type { Seconds, Tokens } from '../../base/units.js';

/** One request inside an engine. */
export interface Sequence {
  request: number;
  arrival: Seconds;
  prompt: Tokens;
  output: Tokens;
  generated: Tokens;
  /** Tokens whose KV entries exist. */
  computed: Tokens;
  /** KV blocks held. */
  blocks: number;
  /** Tokens that the step under way computes for it. */
  chunk: Tokens;
  scheduledAt: Seconds;
  firstTokenAt: Seconds;
  preemptions: number;
  isRunning: boolean;
}

export function createSequence(request: number, arrival: Seconds, prompt: Tokens, output: Tokens): Sequence {
  return {
    request,
    arrival,
    prompt,
    output,
    generated: 0,
    computed: 0,
    blocks: 0,
    chunk: 0,
    scheduledAt: Number.NaN,
    firstTokenAt: Number.NaN,
    preemptions: 0,
    isRunning: false,
  };
}
