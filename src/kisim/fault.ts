import { z } from 'zod';
import type { Seconds } from '../base/units.js';
import { type EventQueue, PRIORITY } from './event-queue.js';
import type { Fleet } from './fleet/fleet.js';
import type { Telemetry } from './telemetry/telemetry.js';

/** Something that goes wrong at `at`; where it lasts, until `until`. Seconds from the start of the run. */
export type Fault =
  /** Prometheus is gone: no scrape, no query. */
  | { readonly kind: 'metrics-stop'; readonly at: Seconds; readonly until: Seconds }
  /** The oldest `pods` ready pods die with all that they serve. */
  | { readonly kind: 'pod-crash'; readonly at: Seconds; readonly pods: number }
  /** No GPU is free: pods created before `until` begin to start then. */
  | { readonly kind: 'stock-out'; readonly at: Seconds; readonly until: Seconds }
  /** Cold starts take `factor` times as long (a cold image cache, a slow disk). */
  | { readonly kind: 'slow-start'; readonly at: Seconds; readonly until: Seconds; readonly factor: number };

const seconds = z.number().min(0);
const until = z.number().positive().default(Number.POSITIVE_INFINITY);

/** The faults of a scenario file. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('metrics-stop'), at: seconds, until }),
  z.strictObject({ kind: z.literal('pod-crash'), at: seconds, pods: z.number().int().min(1).default(1) }),
  z.strictObject({ kind: z.literal('stock-out'), at: seconds, until: z.number().positive() }),
  z.strictObject({ kind: z.literal('slow-start'), at: seconds, until, factor: z.number().min(0.1).max(100) }),
]);

/** Schedules the faults of a run. */
export function scheduleFaults(faults: readonly Fault[], fleet: Fleet, telemetry: Telemetry, timers: EventQueue): void {
  const during = (fault: { at: Seconds; until: Seconds }, begin: () => void, end: () => void): void => {
    timers.schedule(fault.at, PRIORITY.fault, begin);
    if (Number.isFinite(fault.until)) timers.schedule(fault.until, PRIORITY.fault, end);
  };
  for (const fault of faults) {
    switch (fault.kind) {
      case 'metrics-stop':
        during(
          fault,
          () => {
            telemetry.isDown = true;
          },
          () => {
            telemetry.isDown = false;
          },
        );
        break;
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
}
