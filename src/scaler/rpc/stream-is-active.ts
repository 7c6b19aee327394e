import type { Clock } from '../../base/clock.js';
import type { Seconds } from '../../base/units.js';
import type { Decisions } from '../decision-service.js';
import type { KnownReference } from '../references.js';
import { isActive } from './is-active.js';

/** The client's end of a stream. */
export interface Push {
  write(active: boolean): void;
  /** False while the client has not taken what was written before. */
  isWritable(): boolean;
  readonly closed: AbortSignal;
}

/** KEDA patches a status at each true, so it is repeated slowly; it also drops the first ones of a new ScaledObject. */
const HEARTBEAT: Seconds = 10;

/**
 * Pushes the activity of a workload: at once, on every change, and as a heartbeat while active. Nothing is sent on a refusal,
 * and nothing is queued for a slow client: what it missed, it gets with a later heartbeat. Ends when `closed` is aborted.
 */
export async function pushActivity(
  reference: KnownReference,
  service: Decisions,
  clock: Clock,
  push: Push,
): Promise<void> {
  let active: boolean | undefined;
  let told: boolean | undefined;
  const tell = (): void => {
    if (active === undefined || push.closed.aborted || !push.isWritable()) return;
    told = active;
    push.write(active);
  };
  const unsubscribe = service.subscribe(reference.key, reference.workload, (decision) => {
    active = isActive(decision);
    if (active !== told) tell();
  });
  try {
    while (!push.closed.aborted) {
      await clock.sleep(HEARTBEAT, push.closed);
      if (active || active !== told) tell();
    }
  } finally {
    unsubscribe();
  }
}
