import type { ServingProfile } from '../../decision/serving-profile.js';
import { DCGM } from '../../engines/dcgm.js';
import type { Series } from '../../engines/series.js';
import type { Replica } from '../replica/replica.js';
import { family, type MetricFamily } from './exposition.js';
import { usedMemoryMiB } from './gpu-memory.js';

/** One pod's GPUs as the exporter sees them. */
export interface GpuState {
  readonly pod: string;
  /** Share of the time since the last look during which the GPUs worked, in [0, 1]. */
  readonly busyShare: number;
  /** Frame buffer in use on each of them, MiB. */
  readonly usedMiB: number;
}

/** The GPUs of a pod that runs this replica (none while its container is down). */
export function gpuState(
  pod: string,
  replica: Replica | undefined,
  { profile, busyShare }: { readonly profile: ServingProfile; readonly busyShare: number },
): GpuState {
  return { pod, busyShare, usedMiB: replica ? usedMemoryMiB(profile, replica) : 0 };
}

/**
 * What dcgm-exporter would show of the GPUs of every serving pod: memory per GPU, utilisation in per cent and as a share. Of a MIG
 * slice it shows the slice's memory, its profile and number in GPU_I_PROFILE and GPU_I_ID, and no utilisation in per cent. Not
 * modelled: under time-slicing every pod of a GPU would show the memory of the whole of it.
 */
export function dcgmFamilies(
  gpus: readonly GpuState[],
  { profile, namespace }: { readonly profile: ServingProfile; readonly namespace: string },
): readonly MetricFamily[] {
  const { migSlice, gpuMemory } = profile;
  const { totalMiB, reservedMiB } = gpuMemory;
  const perGpu = (series: Series, value: (gpu: GpuState) => number): MetricFamily =>
    family(
      series,
      gpus.flatMap((gpu) =>
        Array.from(
          { length: profile.gpus },
          (_, index) => [gpuLabels(gpu.pod, index, { namespace, migSlice }), value(gpu)] as const,
        ),
      ),
    );
  return [
    perGpu(DCGM.fbFree, ({ usedMiB }) => totalMiB - usedMiB - reservedMiB),
    perGpu(DCGM.fbUsed, ({ usedMiB }) => usedMiB),
    perGpu(DCGM.fbReserved, () => reservedMiB),
    ...(migSlice === undefined ? [perGpu(DCGM.gpuUtil, ({ busyShare }) => Math.round(100 * busyShare))] : []),
    perGpu(DCGM.grEngineActive, ({ busyShare }) => busyShare),
  ];
}

function gpuLabels(
  pod: string,
  index: number,
  { namespace, migSlice }: { readonly namespace: string; readonly migSlice: string | undefined },
): Readonly<Record<string, string>> {
  return {
    ...(migSlice === undefined ? {} : { GPU_I_PROFILE: migSlice, GPU_I_ID: '1' }),
    gpu: String(index),
    UUID: `GPU-${pod}-${index}`,
    device: `nvidia${index}`,
    modelName: 'KISim',
    Hostname: `node-of-${pod}`,
    namespace,
    pod,
    container: 'engine',
  };
}
