import type { Seconds, Tokens } from '../../base/units.js';
import type { ServingProfile, TritonProfile, VllmProfile } from '../../decision/serving-profile.js';
import { type StepLaw, stepSeconds } from '../../decision/step-law.js';
import type { Foreseen } from './foreseen.js';

/** Seconds of one replica that every request takes at the very least, [requests] each. */
export interface LeastWork {
  /** Until its first token. */
  readonly prefill: Float64Array;
  /** After that. */
  readonly decode: Float64Array;
}

type Lengths = Pick<Foreseen, 'inputTokens' | 'outputTokens' | 'sharedTokens'>;

/**
 * What requests cost a replica that is never short of company for them. Whatever the schedule, the work of all requests that a
 * replica completed within any time is at most that time (docs/bounds.md, "Work"). Pure.
 */
export function computeLeastWork(profile: ServingProfile, lengths: Lengths): LeastWork {
  return profile.engine === 'vllm' ? languageWork(profile, lengths) : batchWork(profile, lengths);
}

/** A full batch on every instance at once. */
function batchWork({ law, maxBatchSize, instances }: TritonProfile, { inputTokens }: Lengths): LeastWork {
  const each = (law.base / maxBatchSize + law.perRequest) / instances;
  return { prefill: new Float64Array(inputTokens.length).fill(each), decode: new Float64Array(inputTokens.length) };
}

/** What a request takes of the things that an engine step has only so much of. */
interface Use {
  /** Prompt tokens to compute, and tokens to decode after the first. */
  readonly prompt: Tokens;
  readonly decodes: Tokens;
  /** Contexts of its decodes added up, as attention reads them, and what of them no other request holds. */
  readonly context: Tokens;
  readonly ownContext: Tokens;
  /** Sum over its prefill chunks of chunk * (history + chunk / 2). */
  readonly pairs: number;
}

/** A step of T tokens takes at least `fixed + perToken * T` seconds for its tokens, for every T that it may have. */
interface Tangent {
  readonly fixed: Seconds;
  readonly perToken: Seconds;
}

/**
 * Which of three limits of a step its fixed seconds are dealt out by: its tokens, its sequences or the KV cache. No step exceeds
 * any of them, so each is a valid way; the scarcest one gives the largest work.
 */
type Limit = (use: Use, part: 'prefill' | 'decode', profile: VllmProfile) => number;

const LIMITS: readonly Limit[] = [
  ({ prompt, decodes }, part, { maxBatchedTokens }) => (part === 'prefill' ? prompt : decodes) / maxBatchedTokens,
  ({ decodes }, part, { maxNumSeqs }) => (part === 'prefill' ? 1 : decodes) / maxNumSeqs,
  ({ ownContext }, part, { kvCapacity }) => (part === 'prefill' ? 0 : ownContext / kvCapacity),
];

function languageWork(profile: VllmProfile, lengths: Lengths): LeastWork {
  const { law, maxNumSeqs, maxBatchedTokens } = profile;
  const requests = lengths.inputTokens.length;
  const totals = LIMITS.map(() => 0);
  let tokens = 0;
  for (let i = 0; i < requests; i++) {
    const use = useOf(lengths, i);
    tokens += use.prompt + use.decodes;
    for (const [at, limit] of LIMITS.entries())
      totals[at] = (totals[at] as number) + limit(use, 'prefill', profile) + limit(use, 'decode', profile);
  }
  const most = Math.max(...totals);
  const scarcest = LIMITS[totals.indexOf(most)] as Limit;
  // What only steps that decode pay can be dealt out by decodes alone.
  const ofDecodes = scarcest === LIMITS[0] ? (LIMITS[1] as Limit) : scarcest;
  const worth = ({ fixed, perToken }: Tangent): number => fixed * most + perToken * tokens;
  const tangent = tangentsOf(law, maxBatchedTokens).reduce((best, one) => (worth(one) > worth(best) ? one : best));
  const perSequence = leastPerSequence(law, maxNumSeqs);
  const { perDecode, perKvToken, perPrefillPair, decodeBase = 0, prefillBase = 0 } = law;
  const perPrompt = tangent.perToken + prefillBase / maxBatchedTokens;
  const perDecoded = tangent.perToken + perDecode + perSequence;
  const prefill = new Float64Array(requests);
  const decode = new Float64Array(requests);
  for (let i = 0; i < requests; i++) {
    const use = useOf(lengths, i);
    prefill[i] =
      perSequence +
      perPrompt * use.prompt +
      perPrefillPair * use.pairs +
      tangent.fixed * scarcest(use, 'prefill', profile);
    decode[i] =
      perDecoded * use.decodes +
      perKvToken * use.context +
      tangent.fixed * scarcest(use, 'decode', profile) +
      decodeBase * ofDecodes(use, 'decode', profile);
  }
  return { prefill, decode };
}

/** The best case: all that others may have cached is cached, but for the last token, which is always computed. */
function useOf({ inputTokens, outputTokens, sharedTokens }: Lengths, index: number): Use {
  const input = Math.max(1, inputTokens[index] as number);
  const cached = Math.min(input - 1, sharedTokens[index] as number);
  const decodes = Math.max(1, outputTokens[index] as number) - 1;
  const grown = (decodes * (decodes - 1)) / 2;
  return {
    prompt: input - cached,
    decodes,
    context: decodes * input + grown,
    ownContext: decodes * (input - cached) + grown,
    pairs: (input * input - cached * cached) / 2,
  };
}

/** Lines below the seconds of a step by its tokens (1 to `most`): the edges of its lower convex hull that do not begin below 0. */
function tangentsOf(law: StepLaw, most: Tokens): readonly Tangent[] {
  const seconds = (tokens: Tokens): Seconds =>
    stepSeconds(
      {
        base: law.base,
        perToken: law.perToken,
        ...(law.dense ? { dense: law.dense } : {}),
        perDecode: 0,
        perKvToken: 0,
        perPrefillPair: 0,
      },
      { tokens, decodes: 0, sequences: 0, context: 0, pairs: 0 },
    );
  const hull: { readonly x: Tokens; readonly y: Seconds }[] = [];
  for (let x = 1; x <= most; x++) {
    const point = { x, y: seconds(x) };
    for (let [a, b] = hull.slice(-2); a && b; [a, b] = hull.slice(-2)) {
      if ((b.y - a.y) * (point.x - a.x) < (point.y - a.y) * (b.x - a.x)) break;
      hull.pop();
    }
    hull.push(point);
  }
  const throughOrigin: Tangent = { fixed: 0, perToken: Math.min(...hull.map(({ x, y }) => y / x)) };
  const edges = hull.slice(1).map((b, i): Tangent => {
    const a = hull[i] as (typeof hull)[number];
    const perToken = (b.y - a.y) / (b.x - a.x);
    return { fixed: a.y - perToken * a.x, perToken };
  });
  return [throughOrigin, ...edges.filter(({ fixed, perToken }) => fixed >= 0 && perToken >= 0)];
}

function leastPerSequence(law: StepLaw, most: number): Seconds {
  if (!law.perSequence) return 0;
  const only: StepLaw = {
    base: 0,
    perToken: 0,
    perDecode: 0,
    perKvToken: 0,
    perPrefillPair: 0,
    perSequence: law.perSequence,
  };
  let least = Number.POSITIVE_INFINITY;
  for (let sequences = 1; sequences <= most; sequences++)
    least = Math.min(least, stepSeconds(only, { tokens: 0, decodes: 0, sequences, context: 0, pairs: 0 }) / sequences);
  return least;
}
