import { z } from 'zod';
import type { Control } from './control.js';
import type { EventQueue } from './event-queue.js';
import { CONTROL_FAULTS, type ControlFault, scheduleControlFault } from './faults/control-faults.js';
import { METRICS_FAULTS, type MetricsFault, scheduleMetricsFault } from './faults/metrics-faults.js';
import { NODE_FAULTS, type NodeFault, scheduleNodeFault } from './faults/node-faults.js';
import { POD_FAULTS, type PodFault, schedulePodFault } from './faults/pod-faults.js';
import type { Fleet } from './fleet/fleet.js';
import type { Telemetry } from './telemetry/telemetry.js';

/** A fault line of a scenario file: something that goes wrong at `at`; where it lasts, until `until`. */
export const faultSchema = z.discriminatedUnion('kind', [
  ...POD_FAULTS,
  ...NODE_FAULTS,
  ...METRICS_FAULTS,
  ...CONTROL_FAULTS,
]);

/** Times in seconds from the start of the run. */
export type Fault = PodFault | NodeFault | MetricsFault | ControlFault;

/** What faults strike. */
export interface FaultTargets {
  readonly fleet: Fleet;
  readonly telemetry: Telemetry;
  readonly control: Control;
  readonly timers: EventQueue;
}

/** Schedules the faults of a run. */
export function scheduleFaults(faults: readonly Fault[], { fleet, telemetry, control, timers }: FaultTargets): void {
  for (const fault of faults) {
    if (isOneOf(METRICS_FAULTS, fault)) scheduleMetricsFault(fault, telemetry, timers);
    else if (isOneOf(CONTROL_FAULTS, fault)) scheduleControlFault(fault, control, timers);
    else if (isOneOf(POD_FAULTS, fault)) schedulePodFault(fault, fleet, timers);
    else if (isOneOf(NODE_FAULTS, fault)) scheduleNodeFault(fault, fleet, timers);
  }
}

type Line = (typeof POD_FAULTS | typeof NODE_FAULTS | typeof METRICS_FAULTS | typeof CONTROL_FAULTS)[number];

function isOneOf<T extends Line>(group: readonly T[], fault: Fault): fault is Fault & z.output<T> {
  return group.some((line) => line.shape.kind.value === fault.kind);
}
