import { z } from 'zod';
import { RATE_FAMILY_NAMES } from '../../kisim/traffic/families.js';

const tokens = z.number().min(1).max(1e6);

/** `traffic` of a scenario file: who asks for what, and when. */
export const trafficSchema = z
  .strictObject({
    /** A synthetic family between two rates ... */
    pattern: z.enum(RATE_FAMILY_NAMES as [string, ...string[]]).optional(),
    low: z.number().min(0).max(1e5).default(0),
    high: z.number().min(0).max(1e5).optional(),
    /** Coefficient of variation of the gaps between requests; 1 is Poisson. */
    cv: z.number().min(0.01).max(100).default(1),
    /** ... or a trace: `arrival_s,input_tokens,output_tokens` or `time_s,rate_rps[,cv]`, relative to the scenario file. */
    file: z.string().min(1).optional(),
    time: z.number().min(1e-4).max(1e4).default(1),
    rate: z.number().min(1e-4).max(1e4).default(1),
    /** Token lengths where the trace has none; the profile's means where absent. */
    inputTokens: tokens.optional(),
    outputTokens: tokens.optional(),
  })
  .superRefine(({ pattern, file, low, high }, context) => {
    if ((pattern === undefined) === (file === undefined))
      context.addIssue({ code: 'custom', message: 'needs either pattern or file' });
    if (pattern !== undefined && (high === undefined || high < low))
      context.addIssue({ code: 'custom', path: ['high'], message: `must be a rate >= low (${low})` });
  });
