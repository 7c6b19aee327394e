import { z } from 'zod';

/** A number in a range, both ends included; the message names the whole of it. */
const number = (min: number, max: number) =>
  z.custom<number>(
    (value) => typeof value === 'number' && value >= min && value <= max,
    `must be a number from ${min} to ${max}`,
  );
const count = (max: number) =>
  z.custom<number>(
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max,
    `must be an integer from 1 to ${max}`,
  );
const text = z.string().min(1).max(500);

/** Milliseconds by a count, `{1: 5.8, 64: 6.6}`: linear between, flat before the first, the last slope after the last. */
const knots = z
  .record(z.string().regex(/^[1-9]\d{0,6}$/, 'must be a count from 1 to 9999999'), number(0, 100_000))
  .refine((points) => Object.keys(points).length > 0, 'must have at least one point')
  .transform((points) =>
    Object.entries(points)
      .map(([x, ms]) => [Number(x), ms] as const)
      .sort(([a], [b]) => a - b),
  );

const common = {
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits, dots and hyphens'),
  gpu: text,
  model: text,
  tensorParallel: count(64).default(1),
  /** `measured`: fitted from measurements. `estimated`: roofline. `synthetic`: made up, for demonstrations. */
  kind: z.enum(['measured', 'estimated', 'synthetic']),
  gpuMemoryMiB: z.strictObject({ total: number(1, 1e7), used: number(1, 1e7), reserved: number(0, 1e6) }),
  coldStartSeconds: number(1, 7200),
  pricePerHour: number(0, 100_000),
  /** Where each number comes from, and under which licence. */
  sources: z.record(z.string(), z.string()),
};

/** A language model under vLLM. Times in the unit that their name ends with. */
export const VLLM_PROFILE = z.strictObject({
  engine: z.literal('vllm'),
  ...common,
  stepMs: z
    .strictObject({
      base: number(0, 1000).default(0),
      perToken: number(0, 10).default(0),
      perDecode: number(0, 10).default(0),
      perKvToken: number(0, 0.1).default(0),
      perPrefillPair: number(0, 0.001).default(0),
      decodeBase: number(0, 1000).default(0),
      prefillBase: number(0, 1000).default(0),
      mixedPerDecode: number(0, 10).default(0),
      mixedPerKvToken: number(0, 0.1).default(0),
      dense: knots.optional(),
      perSequence: knots.optional(),
    })
    .refine(
      ({ base, dense }) => base + (dense?.[0]?.[1] ?? 0) > 0,
      'base, or dense at its first point, must be above 0: no step is free',
    ),
  maxNumSeqs: count(65_536).default(256),
  maxBatchedTokens: count(1_000_000).default(2048),
  kvCapacityTokens: count(1_000_000_000),
  blockSizeTokens: count(4096).default(16),
  meanTokens: z
    .strictObject({ input: count(1_000_000), output: count(1_000_000) })
    .default({ input: 512, output: 200 }),
});

/** A model under Triton's dynamic batcher: an execution of b requests takes batchMs.base + batchMs.perRequest * b. */
export const TRITON_PROFILE = z
  .strictObject({
    engine: z.literal('triton'),
    ...common,
    batchMs: z.strictObject({ base: number(0, 100_000), perRequest: number(0.0001, 100_000) }),
    maxBatchSize: count(65_536),
    preferredBatchSizes: z.array(count(65_536)).default([]),
    maxQueueDelayMs: number(0, 60_000).default(0),
    instances: count(64).default(1),
    maxQueueSize: count(1_000_000).optional(),
    /** Beside gpuMemoryMiB.used, which is that of the loaded model: for each request in execution at once. */
    memoryPerRequestMiB: number(0, 1e6).default(0),
  })
  .refine(({ preferredBatchSizes, maxBatchSize }) => preferredBatchSizes.every((size) => size <= maxBatchSize), {
    path: ['preferredBatchSizes'],
    message: 'must be at most maxBatchSize each',
  });

/** A profile file: how one replica of a model serves on one kind of GPU. */
export const PROFILE_SCHEMA = z.discriminatedUnion('engine', [VLLM_PROFILE, TRITON_PROFILE]);

export type VllmProfileFile = z.output<typeof VLLM_PROFILE>;
export type TritonProfileFile = z.output<typeof TRITON_PROFILE>;
export type ProfileFile = z.output<typeof PROFILE_SCHEMA>;
