import { z } from 'zod';
import type { Dollars, Ratio } from '../../base/units.js';
import type { EngineName } from '../../decision/serving-profile.js';
import { readChecked } from './assets.js';
import { findByName } from './same-name.js';

const slices = z.number().int().min(1).max(8);
const GPUS = z.strictObject({
  sources: z.record(z.string(), z.string()),
  gpus: z.array(
    z.strictObject({
      name: z.string(),
      aliases: z.array(z.string()).default([]),
      memoryMiB: z.number().positive(),
      bandwidthTBps: z.number().positive(),
      bf16Tflops: z.number().positive(),
      note: z.string().optional(),
      mig: z
        .strictObject({
          computeSlices: slices,
          memorySlices: slices,
          profiles: z.array(
            z.strictObject({ name: z.string(), count: z.number().int().min(1), compute: slices, memory: slices }),
          ),
        })
        .optional(),
    }),
  ),
});
const INSTANCES = z.strictObject({
  sources: z.record(z.string(), z.string()),
  instances: z.array(
    z.strictObject({
      name: z.string(),
      provider: z.string(),
      gpu: z.string(),
      gpus: z.number().int().min(1).optional(),
      gpuShare: z.number().min(0).max(1).optional(),
      pricePerHour: z.number().positive(),
    }),
  ),
});

/** A kind of GPU: memory as its driver shows it, bandwidth, dense bf16 rate, and its MIG slices where it has any. */
export type Gpu = z.output<typeof GPUS>['gpus'][number];

/** A cloud instance with `gpus` GPUs, or with a slice of one (`gpuShare`). */
export type Instance = z.output<typeof INSTANCES>['instances'][number];

/** A part of a GPU that MIG cuts off: shares of SMs and of memory, and how many fit on one GPU. */
export interface GpuSlice {
  readonly name: string;
  readonly compute: Ratio;
  readonly memory: Ratio;
  readonly count: number;
}

/** Share of its memory that a driver keeps for itself; see reservedMiB in gpus.yaml. */
const RESERVED: Ratio = 0.0075;
/** vLLM's default gpu_memory_utilization. */
export const MEMORY_UTILIZATION: Ratio = 0.9;
/** Assumption: CUDA's context, the server, and a model of a few hundred MB. */
const TRITON_LOADED_MIB = 2048;

export function readGpus(): z.output<typeof GPUS> {
  return readChecked('gpus.yaml', GPUS);
}

export function readInstances(): z.output<typeof INSTANCES> {
  return readChecked('instances.yaml', INSTANCES);
}

/** By name or alias, however it is spelled, its maker's name before it or not, as drivers have it. */
export function findGpu(name: string): Gpu | undefined {
  const { gpus } = readGpus();
  return findByName(gpus, name) ?? findByName(gpus, name.replace(/^((nvidia|tesla|amd|instinct)\s+)+/i, ''));
}

export function slicesOf({ mig }: Gpu): readonly GpuSlice[] {
  if (!mig) return [];
  return mig.profiles.map(({ name, count, compute, memory }) => ({
    name,
    count,
    compute: compute / mig.computeSlices,
    memory: memory / mig.memorySlices,
  }));
}

/**
 * Memory of one GPU as exporters show it: all, what an engine takes when it has started, and what the driver keeps. vLLM takes its
 * share of whatever there is; Triton what CUDA and its models need.
 */
export function gpuMemoryMiB(totalMiB: number, engine: EngineName): { total: number; used: number; reserved: number } {
  const share = Math.round(MEMORY_UTILIZATION * totalMiB);
  return {
    total: Math.round(totalMiB),
    used: engine === 'vllm' ? share : Math.min(share, TRITON_LOADED_MIB),
    reserved: Math.round(RESERVED * totalMiB),
  };
}

/** The cheapest way to `gpus` GPUs, by price per GPU among instances that have as many. */
export function cheapestGpus(
  gpu: Gpu,
  gpus: number,
): { readonly price: Dollars; readonly instance: Instance } | undefined {
  const offers = readInstances()
    .instances.filter((instance) => instance.gpu === gpu.name && (instance.gpus ?? 0) >= gpus)
    .map((instance) => ({ price: (instance.pricePerHour / (instance.gpus ?? 1)) * gpus, instance }))
    .sort((a, b) => a.price - b.price);
  return offers[0];
}
