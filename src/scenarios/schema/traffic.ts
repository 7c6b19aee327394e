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
const length = z
  .union(
    [
      tokens,
      z.strictObject({ mean: tokens, sigma: z.number().min(0).max(4) }),
      z.strictObject({ constant: tokens }),
      z.strictObject({ histogram: z.string().min(1), model: z.string().min(1) }),
    ],
    {
      error: `must be ${TOKENS} in the mean, { mean: ${TOKENS}, sigma: 0 to 4 }, { constant: ${TOKENS} } or { histogram: file, model: name }`,
    },
  )
  .meta({ kind: 'length' });

/** Where requests come from: exactly one of `pattern`, `file` and `clients`. */
const source = {
  pattern: z
    .enum(RATE_FAMILY_NAMES as [string, ...string[]])
    .optional()
    .describe(
      'A synthetic family of rates. Exactly one of `pattern`, `file`, `clients`, `mix` and `sequence` is given.',
    ),
  low: rate.optional().describe('Lowest rate of a pattern, requests/s; default 0.'),
  high: rate.optional().describe('Highest rate of a pattern, requests/s.'),
  weekend: z.number().min(0).max(100).optional().describe('`weekly`: rate at the weekend over that of a weekday.'),
  times: z.number().min(1).max(1000).optional().describe('`surges`: highest rate over the calm one; default: drawn.'),
  levels: z
    .array(rate)
    .min(2)
    .max(100)
    .optional()
    .describe('`mmpp`: the rates to jump between; default: drawn between `low` and `high`.'),
  stay: span.optional().describe('`mmpp`: mean stay at one level.'),
  on: span.optional().describe('`on-off`: mean length of a busy spell.'),
  off: span.optional().describe('`on-off`: mean length of a silence.'),
  file: z
    .string()
    .min(1)
    .optional()
    .describe("A trace, or a folder of ServeGen's clients, relative to the scenario file."),
  format: z
    .enum(TRACE_FORMATS as [string, ...string[]])
    .optional()
    .describe('Of the file; default: found out from its first line.'),
  model: z.string().min(1).optional().describe("Which model's rate, in a file of several."),
  from: moment.optional().describe('Begin of the section that is played, in the time of the file.'),
  to: span.optional().describe('End of the section.'),
  repeat: z.number().int().min(1).max(10_000).optional().describe('How often the section is played.'),
  peak: rate
    .min(0.001)
    .optional()
    .describe(
      'In place of `rate`: so many times the requests that the 98th percentile of the rate of the file becomes this.',
    ),
  clients: z
    .strictObject({
      count: z.number().int().min(1).max(5000).describe('Clients, each with arrivals of its own.'),
      rate: rate.min(0.001).describe('Their mean rate together, requests/s.'),
    })
    .optional()
    .describe("A population of clients like ServeGen's."),
  cv: z
    .number()
    .min(0.01)
    .max(100)
    .optional()
    .describe('Coefficient of variation of the gaps between requests that are drawn from a rate; default 1, Poisson.'),
  time: z.number().min(1e-4).max(1e4).default(1).describe('Stretches time: 2 is half as fast.'),
  rate: z.number().min(1e-4).max(1e4).default(1).describe('So many times the requests.'),
  inputTokens: length.optional().describe("Prompt lengths where the trace has none; default: the profile's mean."),
  outputTokens: length.optional().describe('Likewise of answers.'),
  prefixes: z
    .strictObject({
      share: share.default(1).describe('Of the requests that have one.'),
      groups: z.number().int().min(1).max(1_000_000).describe('Different beginnings.'),
      tokens: tokens.describe('Their length.'),
      skew: z.number().min(0).max(10).default(0).describe('Zipf exponent of how popular groups are; 0: all alike.'),
    })
    .optional()
    .describe('Prompts that begin alike.'),
};

/** One of several traffics: it begins at `at` (in a mix; in a sequence when the one before is over) and lasts `duration`. */
const part = z
  .strictObject({
    ...source,
    at: moment.optional().describe('When the part begins; in a mix only.'),
    duration: span.optional().describe('How long it lasts; needed in a sequence, but for files.'),
  })
  .superRefine(checkSource);

const parts = z.array(part).min(1).max(MANY).optional();

/** `traffic` of a scenario file: who asks for what, and when. */
export const trafficSchema = z
  .strictObject({
    ...source,
    mix: parts.describe('Several traffics at once.'),
    sequence: parts.describe('Several traffics, one after the other.'),
    surges: z
      .array(
        z.strictObject({
          at: moment.describe('When it begins.'),
          duration: span.describe('How long it lasts.'),
          times: z.number().min(0).max(1000).describe('So many times the traffic.'),
          inputTokens: length.optional().describe('Lengths of what comes on top; default: of what it repeats.'),
          outputTokens: length.optional().describe('Likewise of its answers.'),
        }),
      )
      .max(MANY)
      .default([])
      .describe('So many times the traffic for a while.'),
    tokenBombs: z
      .array(
        z.strictObject({
          at: moment.describe('When it begins.'),
          duration: span.describe('How long it lasts.'),
          share: share.default(1).describe('Of the requests that are long.'),
          inputTokens: length.describe('How long.'),
        }),
      )
      .max(MANY)
      .default([])
      .describe('Long prompts at the normal rate for a while.'),
  })
  .superRefine(checkTraffic);

export type LengthSpec = z.output<typeof length>;
export type SourceSpec = z.output<typeof part>;
export type TrafficSpec = z.output<typeof trafficSchema>;
