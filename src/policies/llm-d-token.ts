import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, linear, logarithmic, type OptionsOf } from './settings.js';

export const TOKEN_AWARE_SETTINGS = {
  prefillSeconds: logarithmic(1.5, [0.05, 60], 'prefill work in flight per replica, in seconds of its prefill speed'),
  kvTarget: linear(0.8, [0.02, 1], 'KV use that is aimed at'),
  prefillSpeed: logarithmic(
    15_928,
    [100, 1e6],
    "prompt tokens per second that one replica prefills; the default is the guide's Qwen3-32B on two H100",
  ),
};
export type TokenAwareOptions = OptionsOf<typeof TOKEN_AWARE_SETTINGS>;

/**
 * llm-d's token-aware law: max(ceil(tokens in flight / prefill speed / 1.5 s), ceil(sum of KV use / 0.8)). Engines export no
 * tokens in flight: waiting requests times their mean prompt stand for them, and the largest KV use for every replica's.
 */
export function createLlmdToken(options: TokenAwareOptions = defaultsOf(TOKEN_AWARE_SETTINGS)): Policy {
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
