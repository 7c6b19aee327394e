import type { Seconds } from '../base/units.js';

/** A piecewise linear function: [x, seconds] ascending in x; flat before the first knot, the last slope goes on after the last. */
export type Knots = readonly (readonly [x: number, seconds: Seconds])[];

/**
 * Seconds that one engine step takes (continuous batching, chunked prefill):
 * base + perToken * tokens + dense(tokens)
 *      + [somebody decodes] decodeBase + perDecode * decodes + perKvToken * (contexts of the decodes)
 *      + [a prompt is computed] prefillBase + sum over prefill chunks of perPrefillPair * chunk * (history + chunk / 2)
 *        + mixedPerDecode * decodes + mixedPerKvToken * (contexts of the decodes)
 *      + perSequence(sequences).
 * Absent parts are 0. Tensor-parallel communication is linear in tokens: its latency is part of base, its transfer of perToken.
 * While the same sequences decode, a step is longer than the one before by perKvToken * decodes and nothing else.
 */
export interface StepLaw {
  readonly base: Seconds;
  readonly perToken: Seconds;
  readonly perDecode: Seconds;
  readonly perKvToken: Seconds;
  readonly perPrefillPair: Seconds;
  /** The dense layers by tokens in the step: flat while weights are read, then linear. */
  readonly dense?: Knots;
  /** Language-model head and sampler by sequences in the step. */
  readonly perSequence?: Knots;
  readonly decodeBase?: Seconds;
  readonly prefillBase?: Seconds;
  /** What decodes cost more in a step that computes prompts too: one attention kernel for both is made for prompts. */
  readonly mixedPerDecode?: Seconds;
  readonly mixedPerKvToken?: Seconds;
}

/** What one engine step computes. */
export interface StepWork {
  /** All tokens of the step: one per decode, and the prefill chunks. */
  tokens: number;
  /** Sequences that decode one token in it. */
  decodes: number;
  /** Sequences in the step, decoding or not. */
  sequences: number;
  /** Sum of the decodes' contexts, in tokens, before the step. */
  context: number;
  /** Sum over prefill chunks of chunk * (history + chunk / 2). */
  pairs: number;
}

/** Seconds that a step takes. Pure; the reference for `compileLaw`. */
export function stepSeconds(law: StepLaw, { tokens, decodes, sequences, context, pairs }: StepWork): Seconds {
  const { decodeBase = 0, perDecode, prefillBase = 0, perPrefillPair, mixedPerDecode = 0, mixedPerKvToken = 0 } = law;
  return (
    tokenSeconds(law, tokens) +
    (decodes > 0 ? decodeBase + perDecode * decodes : 0) +
    law.perKvToken * context +
    (pairs > 0 ? prefillBase + perPrefillPair * pairs + mixedPerDecode * decodes + mixedPerKvToken * context : 0) +
    interpolate(law.perSequence, sequences)
  );
}

/** A law as a function of a step's work, for integers `tokens` and `sequences` up to the limit that it was compiled for. */
export type CompiledLaw = (work: Readonly<StepWork>) => Seconds;

/** Laws compiled before: every replica of a kind has the same one, and its tables cost as much as a hundred requests. */
const compiled = new WeakMap<StepLaw, Map<number, CompiledLaw>>();

/** `stepSeconds` of a law, equal to the last bit, from tables: the engines call it 10^6 times a second. `maxTokens` >= 1. */
export function compileLaw(law: StepLaw, maxTokens: number): CompiledLaw {
  const known = compiled.get(law) ?? new Map<number, CompiledLaw>();
  compiled.set(law, known);
  const found = known.get(maxTokens) ?? compile(law, maxTokens);
  known.set(maxTokens, found);
  return found;
}

function compile(law: StepLaw, maxTokens: number): CompiledLaw {
  const byTokens = Float64Array.from({ length: maxTokens + 1 }, (_, tokens) => tokenSeconds(law, tokens));
  const bySequences = Float64Array.from({ length: maxTokens + 1 }, (_, n) => interpolate(law.perSequence, n));
  const { decodeBase = 0, perDecode, perKvToken, prefillBase = 0, perPrefillPair } = law;
  const { mixedPerDecode = 0, mixedPerKvToken = 0 } = law;
  return ({ tokens, decodes, sequences, context, pairs }) =>
    (byTokens[tokens] as number) +
    (decodes > 0 ? decodeBase + perDecode * decodes : 0) +
    perKvToken * context +
    (pairs > 0 ? prefillBase + perPrefillPair * pairs + mixedPerDecode * decodes + mixedPerKvToken * context : 0) +
    (bySequences[sequences] as number);
}

/** The law of hardware that takes `factor` times as long for everything. */
export function scaleLaw(law: StepLaw, factor: number): StepLaw {
  return Object.fromEntries(
    Object.entries(law).map(([part, value]) => [
      part,
      typeof value === 'number' ? value * factor : scaleKnots(value, factor),
    ]),
  ) as unknown as StepLaw;
}

function scaleKnots(knots: Knots, factor: number): Knots {
  return knots.map(([x, seconds]) => [x, seconds * factor] as const);
}

function tokenSeconds({ base, perToken, dense }: StepLaw, tokens: number): Seconds {
  return base + perToken * tokens + interpolate(dense, tokens);
}

/** Value of a piecewise linear function; 0 without knots. */
function interpolate(knots: Knots | undefined, x: number): Seconds {
  const first = knots?.[0];
  if (!knots || !first) return 0;
  if (knots.length === 1 || x <= first[0]) return first[1];
  let above = 1;
  while (above < knots.length - 1 && (knots[above]?.[0] ?? 0) < x) above++;
  const [x0, y0] = knots[above - 1] ?? first;
  const [x1, y1] = knots[above] ?? first;
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
