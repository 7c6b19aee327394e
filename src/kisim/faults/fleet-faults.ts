import { z } from 'zod';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import type { Fleet } from '../fleet/fleet.js';
import { at, count, during, until } from './fault-line.js';

/** Lines about pods and the GPUs that they run on. */
export const FLEET_FAULTS = [
  /** The oldest `pods` ready pods die with all that they serve. */
  z.strictObject({ kind: z.literal('pod-crash'), at, pods: count }),
  /** No GPU is free: pods created before `until` begin to start then. */
  z.strictObject({ kind: z.literal('stock-out'), at, until }),
  /** Cold starts take `factor` times as long (a cold image cache, a slow disk). */
  z.strictObject({ kind: z.literal('slow-start'), at, until, factor: z.number().min(0.1).max(100) }),
] as const;

export type FleetFault = z.output<(typeof FLEET_FAULTS)[number]>;

export function scheduleFleetFault(fault: FleetFault, fleet: Fleet, timers: EventQueue): void {
  switch (fault.kind) {
    case 'pod-crash':
      timers.schedule(fault.at, PRIORITY.fault, (now) => {
        for (const pod of fleet.pods.filter(({ phase }) => phase === 'ready').slice(0, fault.pods))
          fleet.crash(pod, now);
      });
      break;
    case 'stock-out':
      timers.schedule(fault.at, PRIORITY.fault, () => {
        fleet.startsBlockedUntil = Math.max(fleet.startsBlockedUntil, fault.until);
      });
      break;
    case 'slow-start':
      during(
        timers,
        fault,
        () => {
          fleet.coldStartFactor *= fault.factor;
        },
        () => {
          fleet.coldStartFactor /= fault.factor;
        },
      );
      break;
  }
}
