import { z } from 'zod';
import type { Seconds } from '../../base/units.js';
import type { Control } from '../control.js';
import type { EventQueue } from '../event-queue.js';
import { at, during, until } from './fault-line.js';

/** Lines about what carries decisions out. Without an `until` a restart takes half a minute: a lease, and the start. */
export const CONTROL_FAULTS = [
  z
    .strictObject({ kind: z.literal('keda-restart'), at, until })
    .describe(
      "KEDA's operator is away, by default for 30 s: no polls, the HPA's queries fail, cached metrics are lost; failure counts stay.",
    ),
  z
    .strictObject({ kind: z.literal('hpa-restart'), at, until })
    .describe('The controller manager is away, by default for 30 s: no syncs; windows and scale events are forgotten.'),
  z
    .strictObject({ kind: z.literal('scaler-stop'), at, until })
    .describe('All replicas of our scaler are gone: not even the metric spec can be had, so there is no fallback.'),
] as const;

export type ControlFault = z.output<(typeof CONTROL_FAULTS)[number]>;

/** Seconds that a restart takes without an `until`. */
export const RESTART: Seconds = 30;

export function scheduleControlFault(fault: ControlFault, control: Control, timers: EventQueue): void {
  const set = switchOf(fault.kind, control);
  const { until = fault.kind === 'scaler-stop' ? undefined : fault.at + RESTART } = fault;
  during(
    timers,
    { at: fault.at, until },
    (now) => set(true, now),
    (now) => set(false, now),
  );
}

function switchOf(kind: ControlFault['kind'], control: Control): (isDown: boolean, now: Seconds) => void {
  switch (kind) {
    case 'keda-restart':
      return (isDown, now) => control.setKedaDown(isDown, now);
    case 'hpa-restart':
      return (isDown, now) => control.setHpaDown(isDown, now);
    case 'scaler-stop':
      return (isDown) => {
        control.isScalerGone = isDown;
      };
  }
}
