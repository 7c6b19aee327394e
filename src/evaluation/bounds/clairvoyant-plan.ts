import type { Ratio, Replicas, Seconds } from '../../base/units.js';
import { HPA_SYNC } from '../../kisim/control-options.js';

/** What a plan is made for, and how generously. */
export interface PlanRequest {
  /** Load in replicas in every slot, known beforehand, [slots]. */
  readonly load: Float64Array;
  readonly slot: Seconds;
  /** Replicas planned per replica's worth of load. */
  readonly margin: Ratio;
  /** Seconds beyond a cold start for which a replica is kept for the next time that it is needed. */
  readonly hold: Seconds;
  /** From the answer of a tick to a replica that serves because of it. */
  readonly lead: Seconds;
  /** For how long after an answer the HPA still remembers it on the way down. */
  readonly memory: Seconds;
  readonly minReplicas: Replicas;
  readonly maxReplicas: Replicas;
}

/**
 * The count to answer in every slot so that the n-th replica is ready whenever margin x load exceeds n - 1. Each replica is
 * decided by itself: on while it is needed and through every gap that it would not pay to be gone for, ordered `lead` before,
 * and given up `memory` before its end, because the HPA acts on the largest answer since then. Pure; [slots] integers in bounds.
 *
 * Law: the largest answer of the last `memory` seconds is enough in every slot from `lead` before a need to its end.
 */
export function planClairvoyant(request: PlanRequest): Float64Array {
  const { load, slot, margin, hold, lead, memory, minReplicas, maxReplicas } = request;
  const plan = new Float64Array(load.length).fill(minReplicas);
  const slotsOf = (seconds: Seconds): number => Math.round(seconds / slot);
  for (let replica = minReplicas + 1; replica <= maxReplicas; replica++) {
    for (const [from, to] of spansOf(load, (replica - 1) / margin, slotsOf(lead + hold))) {
      const ordered = Math.max(0, from - slotsOf(lead));
      // An answer counts where the HPA looks, once a sync: it has to stand that long.
      const withdrawn = Math.max(to - slotsOf(memory), ordered + slotsOf(HPA_SYNC) + 1);
      plan.fill(replica, ordered, withdrawn);
    }
  }
  return plan;
}

/** Stretches of slots in which the load is above `level`, those joined that no more than `gap` slots lie between. */
function spansOf(load: Float64Array, level: number, gap: number): readonly (readonly [from: number, to: number])[] {
  const spans: [number, number][] = [];
  for (let k = 0; k < load.length; k++) {
    if ((load[k] as number) <= level + 1e-9) continue;
    const last = spans.at(-1);
    if (last && k - last[1] <= gap) last[1] = k + 1;
    else spans.push([k, k + 1]);
  }
  return spans;
}
