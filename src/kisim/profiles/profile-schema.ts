import { z } from 'zod';

const positive = (max: number) => z.number().positive().max(max);
const count = (max: number) => z.number().int().min(1).max(max);

/** A profile file: how one replica of a model serves on one kind of GPU. Times in the unit that their name ends with. */
export const PROFILE_SCHEMA = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
  gpu: z.string().min(1),
  model: z.string().min(1),
  tensorParallel: count(64),
  /** `measured`: fitted from kernel measurements. `estimated`: roofline. `synthetic`: made up, for demonstrations. */
  kind: z.enum(['measured', 'estimated', 'synthetic']),
  stepMs: z.strictObject({
    base: positive(1000),
    perToken: z.number().min(0).max(10),
    perDecode: z.number().min(0).max(10),
    perKvToken: z.number().min(0).max(0.1),
    perPrefillPair: z.number().min(0).max(0.001),
  }),
  maxNumSeqs: count(65536),
  maxBatchedTokens: count(1_000_000),
  kvCapacityTokens: count(1_000_000_000),
  blockSizeTokens: count(4096),
  gpuMemoryMiB: z.strictObject({ total: positive(1e7), used: positive(1e7), reserved: z.number().min(0).max(1e6) }),
  coldStartSeconds: positive(7200),
  pricePerHour: z.number().min(0).max(100_000),
  meanTokens: z.strictObject({ input: count(1_000_000), output: count(1_000_000) }),
  /** Where each number comes from, and under which licence. */
  sources: z.record(z.string(), z.string()),
});

export type ProfileFile = z.infer<typeof PROFILE_SCHEMA>;
