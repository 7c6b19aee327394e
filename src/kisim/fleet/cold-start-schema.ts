import { z } from 'zod';
import { listAssets } from '../yaml-assets.js';
import { START_PHASES, type StagedStart } from './cold-start.js';
import { delaySchema, toDelay } from './delay-schema.js';

type PhaseFields = Record<(typeof START_PHASES)[number], z.ZodOptional<typeof delaySchema>>;

const PHASES: Readonly<Record<(typeof START_PHASES)[number], string>> = {
  schedule: 'Room on a node is looked for.',
  node: 'A node is ordered; not with `fleet.nodes`, whose provisioning says it.',
  image: 'The image is pulled.',
  weights: 'The model is loaded.',
  engine: 'The engine initialises: compilation, CUDA graphs.',
  warmup: 'A first request of its own is served.',
};

const fields = {
  phases: z
    .strictObject(
      Object.fromEntries(
        START_PHASES.map((phase) => [phase, delaySchema.optional().describe(PHASES[phase])]),
      ) as PhaseFields,
    )
    .describe('How long each phase takes; one that is left out takes no time.'),
  cached: z
    .strictObject({
      image: delaySchema.optional().describe('An image that the node has already; default 0.'),
      weights: delaySchema.optional().describe('Weights in its page cache; default: as the first time.'),
    })
    .optional()
    .describe('What takes less time on a node that has run such a pod.'),
  servesCold: z
    .strictObject({
      slowdown: z.number().min(1).max(100).default(4).describe('So many times as slow until it is warm.'),
    })
    .optional()
    .describe('Ready when `warmup` begins; default: when it ends.'),
};

/** Where the measured phases that ship lie. */
export const COLD_STARTS = new URL('./assets/', import.meta.url);

/** Names of the measured cold starts that ship. */
export function listColdStarts(): readonly string[] {
  return listAssets(COLD_STARTS);
}

/** A cold start of a scenario: the name of measured phases that ship, the path of a file, or phases of its own. */
export const coldStartSchema = z
  .preprocess(
    (value) => (typeof value === 'string' ? { data: value } : value),
    z
      .strictObject({
        data: z
          .string()
          .min(1)
          .optional()
          .describe(`Name of measured phases that ship (${listColdStarts().join(', ')}), or the path of a file.`),
        ...fields,
        phases: fields.phases.optional(),
      })
      .refine(({ data, phases }) => (data === undefined) !== (phases === undefined), 'needs either data or phases'),
  )
  .meta({ kind: 'coldStart' });

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
