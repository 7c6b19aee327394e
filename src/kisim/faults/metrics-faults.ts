import { z } from 'zod';
import type { EventQueue } from '../event-queue.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { at, during, until } from './fault-line.js';

/** Lines about what is seen of a fleet. */
export const METRICS_FAULTS = [
  z.strictObject({ kind: z.literal('metrics-stop'), at, until }).describe('Prometheus is gone: no scrape, no query.'),
] as const;

export type MetricsFault = z.output<(typeof METRICS_FAULTS)[number]>;

export function scheduleMetricsFault(fault: MetricsFault, telemetry: Telemetry, timers: EventQueue): void {
  during(
    timers,
    fault,
    () => {
      telemetry.isDown = true;
    },
    () => {
      telemetry.isDown = false;
    },
  );
}
