import { KIS_S_BASELINES, type KisSPattern } from './published.js';
import type { KisSMeasured } from './state.js';

const { gpuP95, cpuP95, gpuThroughput, cpuThroughput } = KIS_S_BASELINES;

/**
 * KIS-S's reward of one step: 0.4 max(0, (Lb - L) / Lb) + 0.3 max(0, (T - Tb) / Tb) + 0.2 R + s - 0.5 [cpu > 90]. On random and
 * spike Lb and Tb are the GPU's baselines and R = g / (g + c); on ramp and periodic they are means of GPU and CPU and
 * R = 1 - |g - c| / (g + c). s is 0.01 from the third step on: the penalty that it could have been reads a key that is never
 * written there. One-sided, without a price of replicas, and a function of the pattern's label. Pure.
 * @param steps steps before this one
 */
export function computeReward(pattern: KisSPattern, measured: KisSMeasured, steps: number): number {
  const { latencyP95, throughput, gpuReplicas, cpuReplicas, cpuUtilization } = measured;
  const prefersGpu = pattern === 'random' || pattern === 'spike';
  const latency = prefersGpu ? gpuP95[pattern] : (gpuP95[pattern] + cpuP95[pattern]) / 2;
  const rate = prefersGpu ? gpuThroughput[pattern] : (gpuThroughput[pattern] + cpuThroughput[pattern]) / 2;
  const replicas = gpuReplicas + cpuReplicas;
  const balance = prefersGpu ? gpuReplicas / replicas : 1 - Math.abs(gpuReplicas - cpuReplicas) / replicas;
  return (
    0.4 * Math.max(0, (latency - latencyP95) / latency) +
    0.3 * Math.max(0, (throughput - rate) / rate) +
    0.2 * (replicas > 0 ? balance : 0) +
    (steps < 2 ? 0 : 0.01) -
    (cpuUtilization > 90 ? 0.5 : 0)
  );
}
