import { latest, type Window } from './window.js';
import type { Bounds, Workload } from './workload.js';

/**
 * The bounds a decision must keep: the workload's own, narrowed by those of the HPA where the window shows them. Both
 * integers with 0 <= minReplicas <= maxReplicas and maxReplicas >= 1. The HPA shows a minimum of 1 for a ScaledObject with
 * minimum 0, so its minimum only counts when the workload's own is above 0.
 */
export function effectiveBounds(workload: Workload, window: Window): Bounds {
  const hpaMin = Math.ceil(latest(window, 'hpaMinReplicas')?.value ?? 0);
  const hpaMax = Math.floor(latest(window, 'hpaMaxReplicas')?.value ?? Number.POSITIVE_INFINITY);
  const own = workload.bounds;
  const maxReplicas = Math.max(1, Math.min(own.maxReplicas, hpaMax));
  const lowest = own.minReplicas === 0 ? 0 : Math.max(own.minReplicas, hpaMin);
  return { minReplicas: Math.min(lowest, maxReplicas), maxReplicas };
}
