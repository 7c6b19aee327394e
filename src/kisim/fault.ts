import { z } from 'zod';
import type { EventQueue } from './event-queue.js';
import { FLEET_FAULTS, type FleetFault, scheduleFleetFault } from './faults/fleet-faults.js';
import { METRICS_FAULTS, type MetricsFault, scheduleMetricsFault } from './faults/metrics-faults.js';
import type { Fleet } from './fleet/fleet.js';
import type { Telemetry } from './telemetry/telemetry.js';

/** A fault line of a scenario file: something that goes wrong at `at`; where it lasts, until `until`. */
export const faultSchema = z.discriminatedUnion('kind', [...FLEET_FAULTS, ...METRICS_FAULTS]);

/** Times in seconds from the start of the run. */
export type Fault = FleetFault | MetricsFault;

/** What faults strike. */
export interface FaultTargets {
  readonly fleet: Fleet;
  readonly telemetry: Telemetry;
  readonly timers: EventQueue;
}

/** Schedules the faults of a run. */
export function scheduleFaults(faults: readonly Fault[], { fleet, telemetry, timers }: FaultTargets): void {
  for (const fault of faults) {
    if (fault.kind === 'metrics-stop') scheduleMetricsFault(fault, telemetry, timers);
    else scheduleFleetFault(fault, fleet, timers);
  }
}
