import type { ServingProfile, TritonProfile, VllmProfile } from '../../decision/serving-profile.js';
import type { Knots, StepLaw } from '../../decision/step-law.js';
import type { ProfileFile, TritonProfileFile, VllmProfileFile } from './profile-schema.js';

const MS = 1e-3;

/** What the simulator and the planner need of a profile file, in seconds. Pure. */
export function toServingProfile(file: ProfileFile): ServingProfile {
  return file.engine === 'vllm' ? toVllmProfile(file) : toTritonProfile(file);
}

function toVllmProfile(file: VllmProfileFile): VllmProfile {
  return {
    engine: 'vllm',
    ...commonOf(file),
    law: toStepLaw(file.stepMs),
    maxNumSeqs: file.maxNumSeqs,
    maxBatchedTokens: file.maxBatchedTokens,
    kvCapacity: file.kvCapacityTokens,
    blockSize: file.blockSizeTokens,
    meanInputTokens: file.meanTokens.input,
    meanOutputTokens: file.meanTokens.output,
  };
}

function toTritonProfile(file: TritonProfileFile): TritonProfile {
  return {
    engine: 'triton',
    ...commonOf(file),
    law: { base: file.batchMs.base * MS, perRequest: file.batchMs.perRequest * MS },
    maxBatchSize: file.maxBatchSize,
    preferredBatchSizes: file.preferredBatchSizes,
    maxQueueDelay: file.maxQueueDelayMs * MS,
    instances: file.instances,
    ...(file.maxQueueSize === undefined ? {} : { maxQueueSize: file.maxQueueSize }),
    memoryPerRequestMiB: file.memoryPerRequestMiB,
    maxNumSeqs: file.maxBatchSize * file.instances,
    meanInputTokens: 1,
    meanOutputTokens: 1,
  };
}

function commonOf({ name, gpu, tensorParallel, gpuMemoryMiB, coldStartSeconds, pricePerHour }: ProfileFile) {
  const { total, used, reserved } = gpuMemoryMiB;
  const migSlice = /:(\d+g\.\d+gb)$/.exec(gpu)?.[1];
  return {
    name,
    gpus: tensorParallel,
    ...(migSlice === undefined ? {} : { migSlice }),
    gpuMemory: { totalMiB: total, usedMiB: used, reservedMiB: reserved },
    coldStart: coldStartSeconds,
    pricePerHour,
  };
}

function toStepLaw(stepMs: VllmProfileFile['stepMs']): StepLaw {
  const { dense, perSequence, decodeBase, prefillBase, mixedPerDecode, mixedPerKvToken } = stepMs;
  return {
    base: stepMs.base * MS,
    perToken: stepMs.perToken * MS,
    perDecode: stepMs.perDecode * MS,
    perKvToken: stepMs.perKvToken * MS,
    perPrefillPair: stepMs.perPrefillPair * MS,
    ...(decodeBase > 0 && { decodeBase: decodeBase * MS }),
    ...(prefillBase > 0 && { prefillBase: prefillBase * MS }),
    ...(mixedPerDecode > 0 && { mixedPerDecode: mixedPerDecode * MS }),
    ...(mixedPerKvToken > 0 && { mixedPerKvToken: mixedPerKvToken * MS }),
    ...(dense && { dense: toSeconds(dense) }),
    ...(perSequence && { perSequence: toSeconds(perSequence) }),
  };
}

function toSeconds(knots: Knots): Knots {
  return knots.map(([x, ms]) => [x, ms * MS] as const);
}
