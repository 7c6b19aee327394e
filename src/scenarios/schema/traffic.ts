import { z } from 'zod';
import { RATE_FAMILY_NAMES } from '../../kisim/traffic/families.js';
import { TRACE_FORMATS } from '../../kisim/traffic/read-source.js';
import { duration } from '../fields.js';
import { checkSource, checkTraffic } from './check-traffic.js';

const DAY = 86_400;
/** The longest run of a scenario, s. */
export const LONGEST_RUN = 400 * DAY;
/** Parts of a mix, and surges and bombs, at most. */
const MANY = 100;

const rate = z.number().min(0).max(1e5);
const tokens = z.number().min(1).max(1e6);
const share = z.number().min(0).max(1);
const moment = duration(0, LONGEST_RUN);
const span = duration(1, LONGEST_RUN);

const TOKENS = 'tokens from 1 to 1000000';
/** A mean (log-normal with the spread of real conversations), a law with its spread, one length for all, or counted lengths. */
const length = z.union(
  [
    tokens,
    z.strictObject({ mean: tokens, sigma: z.number().min(0).max(4) }),
    z.strictObject({ constant: tokens }),
    z.strictObject({ histogram: z.string().min(1), model: z.string().min(1) }),
  ],
  {
    error: `must be ${TOKENS} in the mean, { mean: ${TOKENS}, sigma: 0 to 4 }, { constant: ${TOKENS} } or { histogram: file, model: name }`,
  },
);

/** Where requests come from: exactly one of `pattern`, `file` and `clients`. */
const source = {
  /** A synthetic family between two rates (requests/s) ... */
  pattern: z.enum(RATE_FAMILY_NAMES as [string, ...string[]]).optional(),
  low: rate.optional(),
  high: rate.optional(),
  /** `weekly`: rate at the weekend over that of a weekday. */
  weekend: z.number().min(0).max(100).optional(),
  /** `surges`: highest rate over the calm one. */
  times: z.number().min(1).max(1000).optional(),
  /** `mmpp`: the rates to jump between, and the mean stay at one; levels drawn between `low` and `high` where absent. */
  levels: z.array(rate).min(2).max(100).optional(),
  stay: span.optional(),
  /** `on-off`: mean lengths of busy spells and of silences. */
  on: span.optional(),
  off: span.optional(),
  /** ... or a file, or a folder of ServeGen's clients, relative to the scenario file; its format is found out where absent ... */
  file: z.string().min(1).optional(),
  format: z.enum(TRACE_FORMATS as [string, ...string[]]).optional(),
  /** Which model's rate, in a file of several. */
  model: z.string().min(1).optional(),
  /** Section [from, to) of the file in its own time, and how often it is played. */
  from: moment.optional(),
  to: span.optional(),
  repeat: z.number().int().min(1).max(10_000).optional(),
  /** ... or a population of clients like ServeGen's, with their mean rate together. */
  clients: z.strictObject({ count: z.number().int().min(1).max(5000), rate: rate.min(0.001) }).optional(),
  /** Coefficient of variation of the gaps between requests drawn from a rate; 1 is Poisson. */
  cv: z.number().min(0.01).max(100).optional(),
  /** Slower (> 1) or faster; more or fewer requests. */
  time: z.number().min(1e-4).max(1e4).default(1),
  rate: z.number().min(1e-4).max(1e4).default(1),
  /** Token lengths where the trace has none; the profile's means where absent. */
  inputTokens: length.optional(),
  outputTokens: length.optional(),
  /** Prompts that begin alike. */
  prefixes: z
    .strictObject({
      share: share.default(1),
      groups: z.number().int().min(1).max(1_000_000),
      tokens: tokens,
      /** Zipf exponent of how popular groups are; 0: all alike. */
      skew: z.number().min(0).max(10).default(0),
    })
    .optional(),
};

/** One of several traffics: it begins at `at` (in a mix; in a sequence when the one before is over) and lasts `duration`. */
const part = z.strictObject({ ...source, at: moment.optional(), duration: span.optional() }).superRefine(checkSource);

const parts = z.array(part).min(1).max(MANY).optional();

/** `traffic` of a scenario file: who asks for what, and when. */
export const trafficSchema = z
  .strictObject({
    ...source,
    /** Several traffics at once ... */
    mix: parts,
    /** ... or one after the other. */
    sequence: parts,
    /** So many times the traffic for a while; what comes on top has these lengths, or those of what it repeats. */
    surges: z
      .array(
        z.strictObject({
          at: moment,
          duration: span,
          times: z.number().min(0).max(1000),
          inputTokens: length.optional(),
          outputTokens: length.optional(),
        }),
      )
      .max(MANY)
      .default([]),
    /** Long prompts at the normal rate for a while. */
    tokenBombs: z
      .array(z.strictObject({ at: moment, duration: span, share: share.default(1), inputTokens: length }))
      .max(MANY)
      .default([]),
  })
  .superRefine(checkTraffic);

export type LengthSpec = z.output<typeof length>;
export type SourceSpec = z.output<typeof part>;
export type TrafficSpec = z.output<typeof trafficSchema>;
