import { z } from 'zod';
import { describeIssues } from '../base/describe-issues.js';
import { err, ok, type Result } from '../base/result.js';
import type { MlpSnapshot } from './mlp.js';
import type { PpoSnapshot } from './ppo.js';
import type { EpisodePosition } from './scaling-environment.js';

/** Everything that a training goes on from. */
export interface TrainingState {
  readonly ppo: PpoSnapshot;
  /** Ranges of the features seen. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Observations met last. */
  readonly samples: Float32Array;
  /** Where every environment is. */
  readonly positions: readonly EpisodePosition[];
}

/** Numbers as the bytes that they are, so that they come back to the last bit. */
const floats = z.base64().transform((text): Float32Array => {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readFloatLE(4 * i));
});
const doubles = z.base64().transform((text): Float64Array => {
  const bytes = Buffer.from(text, 'base64');
  return Float64Array.from({ length: Math.floor(bytes.length / 8) }, (_, i) => bytes.readDoubleLE(8 * i));
});
const network = z.strictObject({ parameters: floats, mean: floats, variance: floats, steps: z.number() });

const stateSchema = z.strictObject({
  /** What the training was asked for; another one does not go on from here. */
  training: z.string(),
  updates: z.number().int(),
  actor: network,
  critic: network,
  scale: z.strictObject({ returns: doubles, count: z.number(), mean: z.number(), squares: z.number() }),
  low: doubles,
  high: doubles,
  samples: floats,
  positions: z.array(z.strictObject({ episode: z.number().int(), actions: z.array(z.number().int()) })),
});

/** A state as the text of a file. `training` says what was asked for. */
export function formatState(training: string, { ppo, low, high, samples, positions }: TrainingState): string {
  const { updates, actor, critic, scale } = ppo;
  return JSON.stringify({
    training,
    updates,
    actor: encodeNetwork(actor),
    critic: encodeNetwork(critic),
    scale: { ...scale, returns: encodeDoubles(scale.returns) },
    low: encodeDoubles(low),
    high: encodeDoubles(high),
    samples: encodeFloats(samples),
    positions,
  });
}

/** Reads what `formatState` wrote. The error says what is wrong with it. */
export function parseState(training: string, text: string): Result<TrainingState, string> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return err('is no state of a training: not JSON');
  }
  const parsed = stateSchema.safeParse(content);
  if (!parsed.success) return err(`is no state of a training:\n${describeIssues(parsed.error, content, 'state')}`);
  const { updates, actor, critic, scale, low, high, samples, positions } = parsed.data;
  if (parsed.data.training !== training)
    return err(`is the state of another training: ${parsed.data.training}; this one is ${training}`);
  const ppo = { updates, actor, critic, scale: { ...scale, returns: [...scale.returns] } };
  return ok({ ppo, low, high, samples, positions });
}

function encodeNetwork({ parameters, mean, variance, steps }: MlpSnapshot): object {
  return {
    parameters: encodeFloats(parameters),
    mean: encodeFloats(mean),
    variance: encodeFloats(variance),
    steps,
  };
}

function encodeFloats(values: Float32Array): string {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes.toString('base64');
}

function encodeDoubles(values: ArrayLike<number>): string {
  const bytes = Buffer.alloc(8 * values.length);
  for (let i = 0; i < values.length; i++) bytes.writeDoubleLE(values[i] as number, 8 * i);
  return bytes.toString('base64');
}
