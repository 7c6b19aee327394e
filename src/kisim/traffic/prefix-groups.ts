import { power } from '../../base/power.js';
import type { Rng } from '../../base/rng.js';
import { indexAbove } from '../../base/search.js';
import type { Tokens } from '../../base/units.js';
import type { RequestSpec } from '../replica/request.js';
import type { Traffic } from './traffic.js';

/** Prompts that begin alike: system prompts, documents, sessions. */
export interface PrefixGroups {
  /** Share of requests that belong to a group, 0 to 1. */
  readonly share: number;
  readonly groups: number;
  /** Tokens that a group's requests have in common; of a shorter prompt, all. */
  readonly tokens: Tokens;
  /** Zipf exponent of how popular groups are: group k draws in proportion to k^-skew; 0: all alike. */
  readonly skew: number;
}

/**
 * Puts a share of requests into groups with a common prefix, which counts as part of the prompt: lengths do not change. Requests
 * that have a group already keep it. Stream `prefixes` of `rng`, two draws a request.
 */
export function groupPrefixes(traffic: Traffic, { share, groups, tokens, skew }: PrefixGroups, rng: Rng): Traffic {
  const draws = rng.stream('prefixes');
  const shares = new Float64Array(groups);
  let total = 0;
  for (let k = 0; k < groups; k++) {
    total += power(k + 1, -skew);
    shares[k] = total;
  }
  return {
    next() {
      const request = traffic.next();
      if (!request) return undefined;
      const isMember = draws.next() < share;
      const at = draws.next() * total;
      if (!isMember || (request.prefixGroup ?? -1) >= 0) return request;
      return inGroup(request, indexAbove(shares, at), Math.min(tokens, request.inputTokens));
    },
  };
}

/**
 * Keeps the groups of several traffics apart that are to be merged: those of number `index` of `count` become
 * group x count + index.
 */
export function separatePrefixes(traffic: Traffic, index: number, count: number): Traffic {
  if (count === 1) return traffic;
  return {
    next() {
      const request = traffic.next();
      if (!request || request.prefixGroup === undefined || request.prefixGroup < 0) return request;
      return inGroup(request, request.prefixGroup * count + index, request.prefixTokens ?? 0);
    },
  };
}

/** Written out: a spread with fields more than its object has costs several times as much. */
function inGroup(
  { arrival, inputTokens, outputTokens }: RequestSpec,
  prefixGroup: number,
  prefixTokens: Tokens,
): RequestSpec {
  return { arrival, inputTokens, outputTokens, prefixGroup, prefixTokens };
}
