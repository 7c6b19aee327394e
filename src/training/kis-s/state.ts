import { clamp } from '../../base/numbers.js';
import { mean } from '../../base/statistics.js';

/** What the state is read from. A reading that is absent is not known; no number stands for that here. */
export interface KisSReadings {
  /** Percent, 0 to 100. */
  readonly cpuUtilization: number | undefined;
  readonly memoryUtilization: number | undefined;
  readonly gpuUtilization: number | undefined;
  /** 95th percentile over the last minute, ms. */
  readonly latencyP95: number | undefined;
  /** Requests/s over the last minute. */
  readonly throughput: number | undefined;
  /** Wanted replicas (spec.replicas), not ready ones. */
  readonly gpuReplicas: number | undefined;
  readonly cpuReplicas: number | undefined;
}

export type KisSReading = keyof KisSReadings;

/** The same once every reading has a number. */
export type KisSMeasured = Readonly<Record<KisSReading, number>>;

/** What KIS-S puts in the place of a reading that fails, without a word. */
export const KIS_S_FALLBACKS: KisSMeasured = {
  cpuUtilization: 50,
  memoryUtilization: 50,
  gpuUtilization: 30,
  latencyP95: 1000,
  throughput: 5,
  gpuReplicas: 3,
  cpuReplicas: 3,
};

/** The ten numbers in order, and the upper ends of their declared ranges; the lower ends are 0, but -1 for the trend. */
export const KIS_S_STATE: readonly (readonly [name: string, high: number])[] = [
  ['cpu_utilization', 100],
  ['memory_utilization', 100],
  ['gpu_utilization', 100],
  ['current_latency_p95', 10_000],
  ['current_throughput', 100],
  ['current_replicas_gpu', 10],
  ['current_replicas_cpu', 10],
  ['load_trend', 1],
  ['load_variance', 1],
  ['time_in_episode', 1],
];

/** Readings with KIS-S's fallbacks where there is none, and the names of those: no default goes unseen. Pure. */
export function withFallbacks(readings: KisSReadings): {
  readonly measured: KisSMeasured;
  readonly fallbacks: readonly KisSReading[];
} {
  const names = Object.keys(KIS_S_FALLBACKS) as KisSReading[];
  const fallbacks = names.filter((name) => readings[name] === undefined);
  const measured = Object.fromEntries(names.map((name) => [name, readings[name] ?? KIS_S_FALLBACKS[name]]));
  return { measured: measured as KisSMeasured, fallbacks };
}

/**
 * The state [10] as KIS-S describes it, in its own units. No pattern is among the arguments: the state cannot know it.
 * @param throughputs of the steps so far, oldest first; trend and variance are 0 before the third
 * @param time share of the episode that is over, 0 to 1
 */
export function computeState(measured: KisSMeasured, throughputs: readonly number[], time: number): readonly number[] {
  return [
    measured.cpuUtilization,
    measured.memoryUtilization,
    measured.gpuUtilization,
    measured.latencyP95,
    measured.throughput,
    measured.gpuReplicas,
    measured.cpuReplicas,
    trendOf(throughputs),
    varianceOf(throughputs),
    time,
  ];
}

function trendOf(throughputs: readonly number[]): number {
  const [from, , to] = throughputs.slice(-3);
  return from === undefined || to === undefined ? 0 : clamp((to - from) / Math.max(from, 1), -1, 1);
}

function varianceOf(throughputs: readonly number[]): number {
  if (throughputs.length < 3) return 0;
  const recent = throughputs.slice(-5);
  const centre = mean(recent);
  return clamp(mean(recent.map((value) => (value - centre) * (value - centre))) / Math.max(centre, 1), 0, 1);
}
