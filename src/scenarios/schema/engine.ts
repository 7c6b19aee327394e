import { z } from 'zod';
import { duration } from '../fields.js';

const count = z.number().int().min(1).max(65_536);

/** `engine` of a scenario file: how a Triton server batches, where that differs from what its profile says. */
export const engineSchema = z.strictObject({
  maxBatchSize: count.optional().describe('Requests of one execution at most.'),
  preferredBatchSizes: z
    .array(count)
    .optional()
    .describe('Sizes at which a batch is sent without waiting; none: the largest.'),
  maxQueueDelay: duration(0, 60).optional().describe('How long the oldest request may wait for a preferred size.'),
  instances: z.number().int().min(1).max(64).optional().describe('Executions at a time.'),
});

export type EngineField = z.output<typeof engineSchema>;
