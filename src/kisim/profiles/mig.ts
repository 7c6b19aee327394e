import { err, ok, type Result } from '../../base/result.js';
import { findGpu, type Gpu, type GpuSlice, gpuMemoryMiB, MEMORY_UTILIZATION, slicesOf } from './hardware.js';
import { findModel, kvBytesPerToken } from './models.js';
import type { ProfileFile, TritonProfileFile, VllmProfileFile } from './profile-schema.js';

const MIB = 2 ** 20;

/**
 * The profile on a MIG slice of its GPU. What reads memory takes 1 / memory share as long, what computes 1 / compute share; what
 * neither explains (launches, host) stays. The dense layers' fastest knot is taken for reading weights, what other knots take more
 * for computing: an estimate. Memory and price are the slice's; KV capacity loses what the slice lacks. The error says what does not fit.
 */
export function onSlice(file: ProfileFile, sliceName: string): Result<ProfileFile, string> {
  const gpu = findGpu(file.gpu);
  const slices = gpu ? slicesOf(gpu) : [];
  const slice = slices.find(({ name }) => name === sliceName);
  if (!gpu || !slice) {
    const known = slices.map(({ name }) => name).join(', ');
    return err(
      `slice: must be ${known === '' ? `absent: ${file.gpu} has none` : `one of ${known}`}, found ${sliceName}`,
    );
  }
  if (file.tensorParallel !== 1) return err(`slice: must be absent with tensorParallel ${file.tensorParallel}`);
  const shared = {
    name: `${file.name}:${slice.name}`,
    gpu: `${gpu.name}:${slice.name}`,
    kind: 'estimated' as const,
    gpuMemoryMiB: gpuMemoryMiB(gpu.memoryMiB * slice.memory, file.engine),
    pricePerHour: file.pricePerHour / slice.count,
    sources: {
      ...file.sources,
      slice: `derived: ${slice.count} of ${slice.name} on one GPU, ${percent(slice.compute)} of its SMs, ${percent(slice.memory)} of its memory`,
    },
  };
  return file.engine === 'vllm' ? vllmOnSlice(file, gpu, slice, shared) : ok(tritonOnSlice(file, slice, shared));
}

type Shared = Pick<ProfileFile, 'name' | 'gpu' | 'kind' | 'gpuMemoryMiB' | 'pricePerHour' | 'sources'>;

function vllmOnSlice(
  file: VllmProfileFile,
  gpu: Gpu,
  { memory, compute }: GpuSlice,
  shared: Shared,
): Result<ProfileFile, string> {
  const model = findModel(file.model);
  if (!model) return err(`model: must be one whose KV cache is known, found ${file.model}`);
  const lost = MEMORY_UTILIZATION * gpu.memoryMiB * (1 - memory) * MIB;
  const kvCapacityTokens = Math.floor(file.kvCapacityTokens - lost / kvBytesPerToken(model));
  if (kvCapacityTokens < file.blockSizeTokens) return err(`${file.model} does not fit into ${shared.gpu}`);
  const { stepMs } = file;
  const weights = Math.min(...(stepMs.dense ?? []).map(([, ms]) => ms));
  return ok({
    ...file,
    ...shared,
    kvCapacityTokens,
    stepMs: {
      ...stepMs,
      perToken: stepMs.perToken / compute,
      perDecode: stepMs.perDecode / compute,
      perKvToken: stepMs.perKvToken / memory,
      perPrefillPair: stepMs.perPrefillPair / compute,
      mixedPerDecode: stepMs.mixedPerDecode / compute,
      mixedPerKvToken: stepMs.mixedPerKvToken / memory,
      dense: stepMs.dense?.map(([x, ms]) => [x, weights / memory + (ms - weights) / compute] as const),
      perSequence: stepMs.perSequence?.map(([x, ms]) => [x, ms / memory] as const),
    },
  });
}

function tritonOnSlice(file: TritonProfileFile, { compute }: GpuSlice, shared: Shared): ProfileFile {
  const { base, perRequest } = file.batchMs;
  return { ...file, ...shared, batchMs: { base, perRequest: perRequest / compute } };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
