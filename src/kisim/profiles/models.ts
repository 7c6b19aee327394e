import { z } from 'zod';
import type { Tokens } from '../../base/units.js';
import { readChecked } from './assets.js';
import { MEMORY_UTILIZATION } from './hardware.js';
import { findByName } from './same-name.js';

const MODELS = z.strictObject({
  sources: z.record(z.string(), z.string()),
  models: z.array(
    z.strictObject({
      name: z.string(),
      aliases: z.array(z.string()).default([]),
      parameters: z.number().positive(),
      layers: z.number().int().positive(),
      heads: z.number().int().positive(),
      kvHeads: z.number().int().positive(),
      headDim: z.number().int().positive(),
    }),
  ),
});

/** A dense language model; parameters in 10^9, weights and KV entries of two bytes. */
export type Model = z.output<typeof MODELS>['models'][number];

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const BYTES = 2;
/** What vLLM needs beside weights and KV cache on each GPU: activations, CUDA graphs, communication buffers. */
export const ENGINE_OVERHEAD = 2.5 * GIB;

/** By name or alias, however it is spelled. */
export function findModel(name: string): Model | undefined {
  return findByName(readChecked('models.yaml', MODELS).models, name);
}

export function weightBytes({ parameters }: Model): number {
  return parameters * 1e9 * BYTES;
}

/** Bytes of KV cache that one token takes, over all GPUs: keys and values of every layer. */
export function kvBytesPerToken({ layers, kvHeads, headDim }: Model): number {
  return 2 * layers * kvHeads * headDim * BYTES;
}

/**
 * Tokens of KV cache: (0.9 memory - weights / TP - overhead) / (bytes per token / TP), memory of one GPU in MiB. Negative where
 * the model does not fit. Source: vLLM's gpu_worker.determine_available_memory with an overhead that met the block counts which
 * vLLM 0.15 reported on H100 within 2.3 %.
 */
export function kvCapacity(
  model: Model,
  memoryMiB: number,
  tensorParallel: number,
  overhead = ENGINE_OVERHEAD,
): Tokens {
  const room = MEMORY_UTILIZATION * memoryMiB * MIB - weightBytes(model) / tensorParallel - overhead;
  return Math.floor((room * tensorParallel) / kvBytesPerToken(model));
}
