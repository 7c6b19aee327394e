import { clamp } from '../../base/numbers.js';
import type { Replicas } from '../../base/units.js';

export const KIS_S_PLACEMENTS = ['prefer_gpu', 'balanced', 'prefer_cpu'] as const;

/** Wanted replicas of the two Deployments. */
export interface KisSCounts {
  readonly gpu: Replicas;
  readonly cpu: Replicas;
}

/** One action: MultiDiscrete [5, 5, 3]. The placement is recorded; nothing reads it, there as here. */
export interface KisSAction {
  readonly gpuChange: number;
  readonly cpuChange: number;
  readonly placement: (typeof KIS_S_PLACEMENTS)[number];
}

const CHANGES = 5;
const MIN_REPLICAS = 1;
const MAX_REPLICAS = 10;

/** The three choices as one: 75 joint actions. */
export const KIS_S_ACTIONS: number = CHANGES * CHANGES * KIS_S_PLACEMENTS.length;

/** The joint action of that index, 0 to 74: placement changes fastest, then the CPU's change. Throws RangeError. */
export function decodeAction(index: number): KisSAction {
  const placement = KIS_S_PLACEMENTS[index % KIS_S_PLACEMENTS.length];
  if (!Number.isInteger(index) || index < 0 || index >= KIS_S_ACTIONS || placement === undefined)
    throw new RangeError(`action ${index} is not in 0..${KIS_S_ACTIONS - 1}`);
  const changes = Math.floor(index / KIS_S_PLACEMENTS.length);
  return { gpuChange: Math.floor(changes / CHANGES) - 2, cpuChange: (changes % CHANGES) - 2, placement };
}

/** The index of an action; the inverse of `decodeAction`. */
export function encodeAction({ gpuChange, cpuChange, placement }: KisSAction): number {
  return ((gpuChange + 2) * CHANGES + cpuChange + 2) * KIS_S_PLACEMENTS.length + KIS_S_PLACEMENTS.indexOf(placement);
}

/** The counts after an action, each within [1, 10]. */
export function applyChanges({ gpu, cpu }: KisSCounts, { gpuChange, cpuChange }: KisSAction): KisSCounts {
  return clampCounts({ gpu: gpu + gpuChange, cpu: cpu + cpuChange });
}

export function clampCounts({ gpu, cpu }: KisSCounts): KisSCounts {
  return { gpu: clamp(gpu, MIN_REPLICAS, MAX_REPLICAS), cpu: clamp(cpu, MIN_REPLICAS, MAX_REPLICAS) };
}
