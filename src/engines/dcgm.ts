import { gauge } from './series.js';

/**
 * NVIDIA's DCGM exporter. Labels: gpu, UUID, modelName, Hostname, and namespace, pod, container, which a scrape with
 * `honorLabels: false` renames to exported_*. Frame buffer in MiB; there is no total: it is free + used + reserved.
 * Source: dcgm-exporter, etc/default-counters.csv (Apache-2.0).
 */
export const DCGM = {
  fbFree: gauge(['DCGM_FI_DEV_FB_FREE'], 'Framebuffer memory free (in MiB).'),
  fbUsed: gauge(['DCGM_FI_DEV_FB_USED'], 'Framebuffer memory used (in MiB).'),
  fbReserved: gauge(['DCGM_FI_DEV_FB_RESERVED'], 'Framebuffer memory reserved (in MiB).'),
  gpuUtil: gauge(['DCGM_FI_DEV_GPU_UTIL'], 'GPU utilization (in %).'),
  grEngineActive: gauge(['DCGM_FI_PROF_GR_ENGINE_ACTIVE'], 'Ratio of time the graphics engine is active.'),
} as const;
