import { createHash } from 'node:crypto';
import { z } from 'zod';
import { err, ok, type Result } from '../../base/result.js';
import { OBSERVATION_SCHEMA } from '../../decision/observation.js';
import { readModelMetadata } from './read-metadata.js';

const vector = z.array(z.number().finite());

/** What is told of a model beside its file; a model whose card does not fit is never served. */
export const MODEL_CARD_SCHEMA = z.strictObject({
  name: z.string().min(1),
  /** Of the ONNX file, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Version and hash of the observation it was trained on. */
  observationSchema: z.string().min(1),
  actions: z.array(z.string()).min(1),
  /** Smallest and largest value of each feature during training. */
  ranges: z.strictObject({ low: vector, high: vector }),
  /** Inputs, and the quantiles and logits they must give, to 1e-5. */
  golden: z.array(z.strictObject({ observation: vector, quantiles: vector, logits: vector })).min(16),
  training: z.strictObject({
    command: z.string(),
    seed: z.number().int(),
    steps: z.number().int(),
    commit: z.string(),
    /** Families, recordings with the part of each that was used, and profiles. */
    sources: z.array(z.string()),
    /** Of the forecaster's weights: policies of one forecaster can be averaged. */
    forecaster: z.string().optional(),
    /** What was averaged, where it was. */
    distilledFrom: z
      .array(z.strictObject({ sha256: z.string(), seed: z.number().int(), command: z.string() }))
      .optional(),
  }),
  scoreboard: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
});

export type ModelCard = z.infer<typeof MODEL_CARD_SCHEMA>;

/** A policy network, like its embedding in a pod, is small; what is larger is something else. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Parses a card and holds it against the file's bytes and against this code's observation. The error is for the log. */
export function verifyModel(bytes: Uint8Array, cardText: string): Result<ModelCard, string> {
  if (bytes.length > MAX_BYTES) return err(`the model has ${bytes.length} bytes, more than ${MAX_BYTES}`);
  const card = parseCard(cardText);
  if (!card.ok) return card;
  const { sha256, observationSchema } = card.value;
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    return err('the model is not the one that its card describes (sha256)');
  if (observationSchema !== OBSERVATION_SCHEMA) {
    return err(`the model was trained on observation ${observationSchema}, this is ${OBSERVATION_SCHEMA}`);
  }
  const inside = readModelMetadata(bytes)?.['observation_schema'];
  return inside === observationSchema ? card : err('the model carries another observation schema than its card');
}

function parseCard(text: string): Result<ModelCard, string> {
  try {
    const parsed = MODEL_CARD_SCHEMA.safeParse(JSON.parse(text));
    return parsed.success ? ok(parsed.data) : err(`model card: ${z.prettifyError(parsed.error)}`);
  } catch {
    return err('model card: not JSON');
  }
}
