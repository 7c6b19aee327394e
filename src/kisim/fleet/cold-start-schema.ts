import { z } from 'zod';
import { START_PHASES, type StagedStart } from './cold-start.js';
import { delaySchema, toDelay } from './delay-schema.js';

type PhaseFields = Record<(typeof START_PHASES)[number], z.ZodOptional<typeof delaySchema>>;

const fields = {
  /** How long each phase takes; one that is left out takes no time. */
  phases: z.strictObject(
    Object.fromEntries(START_PHASES.map((phase) => [phase, delaySchema.optional()])) as PhaseFields,
  ),
  /** An image that the node has already (default 0), weights in its page cache (default: as the first time). */
  cached: z.strictObject({ image: delaySchema.optional(), weights: delaySchema.optional() }).optional(),
  /** Ready when `warmup` begins, and `slowdown` times as slow until it ends; absent: ready when it ends. */
  servesCold: z.strictObject({ slowdown: z.number().min(1).max(100).default(4) }).optional(),
};

/** A cold start of a scenario: the name of measured phases that ship, the path of a file, or phases of its own. */
export const coldStartSchema = z.preprocess(
  (value) => (typeof value === 'string' ? { data: value } : value),
  z
    .strictObject({ data: z.string().min(1).optional(), ...fields, phases: fields.phases.optional() })
    .refine(({ data, phases }) => (data === undefined) !== (phases === undefined), 'needs either data or phases'),
);

export type ColdStartField = z.output<typeof coldStartSchema>;

/** A file of measured phases, with where each number comes from and under which licence. */
export const coldStartFileSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits, dots and hyphens'),
  about: z.string().min(1).max(300),
  ...fields,
  sources: z.record(z.string(), z.string()),
});

export type ColdStartFile = z.output<typeof coldStartFileSchema>;

/** A cold start with its phases at hand. */
export function toStagedStart({ phases = {}, cached, servesCold }: Omit<ColdStartField, 'data'>): StagedStart {
  const delays = START_PHASES.flatMap((phase) => {
    const field = phases[phase];
    return field ? [[phase, toDelay(field)] as const] : [];
  });
  const { image, weights } = cached ?? {};
  return {
    phases: Object.fromEntries(delays),
    cached: { ...(image ? { image: toDelay(image) } : {}), ...(weights ? { weights: toDelay(weights) } : {}) },
    ...(servesCold ? { servesCold } : {}),
  };
}
