import { z } from 'zod';
import type { Seconds } from '../../base/units.js';
import { duration } from '../duration.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';

/** The longest run: 400 days. */
export const LONGEST: Seconds = 400 * 86_400;

/** Fields that fault lines share: when it happens, and until when; it is never over where that is left out. */
export const at = duration(0, LONGEST).describe('When it happens.');
export const until = duration(0, LONGEST).optional().describe('When it is over; default: never.');
/** How many pods, nodes or GPUs. */
export const count = z.number().int().min(1).max(1000).default(1).describe('How many are struck.');

/** Schedules a fault that begins and ends; one that is over before it begins has no effect. */
export function during(
  timers: EventQueue,
  fault: { readonly at: Seconds; readonly until?: Seconds | undefined },
  begin: (now: Seconds) => void,
  end: (now: Seconds) => void,
): void {
  const { until = Number.POSITIVE_INFINITY } = fault;
  if (until <= fault.at) return;
  timers.schedule(fault.at, PRIORITY.fault, begin);
  if (Number.isFinite(until)) timers.schedule(until, PRIORITY.fault, end);
}
