import type { Ratio, Requests, Seconds, Tokens } from '../../base/units.js';
import type { VllmProfile } from '../../decision/serving-profile.js';
import type { StepLaw } from '../../decision/step-law.js';

/** What one replica's engine is made of. */
export interface EngineOptions {
  readonly law: StepLaw;
  readonly maxNumSeqs: number;
  readonly maxBatchedTokens: Tokens;
  /** Blocks of the pool; one of them is never used (vLLM's null block). */
  readonly kvBlocks: number;
  readonly blockSize: Tokens;
  /** Waiting requests above which a new one is refused (HTTP 429); absent: no limit, as vLLM's default. */
  readonly queueCap?: Requests;
  /** Upper bounds of the exported latency histograms, ascending, without +Inf. */
  readonly ttftBounds: readonly Seconds[];
  readonly e2eBounds: readonly Seconds[];
  /** Multiplies every step's time from the start; above 1 is a slow pod. */
  readonly speedFactor?: Ratio;
  /** Prefix caching, block by block: requests of one prefix group find what others computed. */
  readonly prefixCaching?: boolean;
  /** Prefix caching as a rate, in [0, 1): share of every prompt that is taken for cached, where requests name no groups. */
  readonly prefixHitRate?: Ratio;
}

export function engineOptionsFromProfile(
  profile: VllmProfile,
  bounds: Pick<EngineOptions, 'ttftBounds' | 'e2eBounds'>,
): EngineOptions {
  return {
    law: profile.law,
    maxNumSeqs: profile.maxNumSeqs,
    maxBatchedTokens: profile.maxBatchedTokens,
    kvBlocks: Math.floor(profile.kvCapacity / profile.blockSize) + 1,
    blockSize: profile.blockSize,
    ...bounds,
  };
}
