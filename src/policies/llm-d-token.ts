import type { Ratio, Seconds } from '../base/units.js';
import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

export interface TokenAwareOptions {
  /** Prefill work in flight per replica, in seconds of its prefill speed (the guide's 1.5 s). */
  readonly prefillSeconds: Seconds;
  readonly kvTarget: Ratio;
  /** Prompt tokens per second that one replica prefills; the guide's Qwen3-32B on two H100 has 15,928. */
  readonly prefillSpeed: number;
}

export const DEFAULT_TOKEN_AWARE: TokenAwareOptions = { prefillSeconds: 1.5, kvTarget: 0.8, prefillSpeed: 15_928 };

/**
 * llm-d's token-aware law: max(ceil(tokens in flight / prefill speed / 1.5 s), ceil(sum of KV use / 0.8)). Engines export no
 * tokens in flight: waiting requests times their mean prompt stand for them, and the largest KV use for every replica's.
 */
export function createLlmdToken(options: TokenAwareOptions = DEFAULT_TOKEN_AWARE): Policy {
  return policyFromLaw('llm-d-token', ({ window, readyReplicas, workload }) => {
    const finished = latestOr(window, 'finishedRate', 0);
    const measured = latestOr(window, 'promptTokenRate', 0) / finished;
    const meanPrompt = finished > 0 ? measured : (workload.profile?.meanInputTokens ?? 512);
    const tokens = latestOr(window, 'queueDepth', Number.NaN) * meanPrompt;
    const byTokens = Math.ceil(tokens / options.prefillSpeed / options.prefillSeconds);
    const byKv = Math.ceil((Math.max(1, readyReplicas) * latestOr(window, 'kvUsage', 0)) / options.kvTarget);
    return Math.max(byTokens, byKv);
  });
}
