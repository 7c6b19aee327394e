import type { Ratio } from '../../base/units.js';
import type { ServingProfile } from '../../decision/serving-profile.js';
import type { Replica } from '../replica/replica.js';

/**
 * Frame buffer in use on each GPU of a replica, MiB, as DCGM_FI_DEV_FB_USED shows it. vLLM takes its share when it starts and
 * keeps it: flat, whatever it serves, and no measure of load (that is KV use). Triton holds what its models were loaded with,
 * and buffers for the requests of a batch, which its backends' arenas keep at the largest they ever needed: it rises with the
 * largest load so far and never falls.
 */
export function usedMemoryMiB(profile: ServingProfile, { counters }: Pick<Replica, 'counters'>): number {
  const { totalMiB, usedMiB, reservedMiB } = profile.gpuMemory;
  if (profile.engine === 'vllm') return usedMiB;
  const buffers = profile.memoryPerRequestMiB * (counters.batching?.peakRunning ?? 0);
  return Math.min(totalMiB - reservedMiB, usedMiB + buffers);
}

/** Free share of the GPUs' memory: free / (free + used + reserved). */
export function memoryHeadroom(profile: ServingProfile, replica: Pick<Replica, 'counters'>): Ratio {
  const { totalMiB, reservedMiB } = profile.gpuMemory;
  return (totalMiB - usedMemoryMiB(profile, replica) - reservedMiB) / totalMiB;
}
