import type { Clock } from '../../base/clock.js';
import type { Seconds } from '../../base/units.js';
import type { DecisionService } from '../decision-service.js';
import type { KnownReference } from '../references.js';
import { isActive } from './is-active.js';

/** A message and an end; write answers false when the client does not keep up. */
export interface Push {
  write(active: boolean): boolean;
  readonly closed: AbortSignal;
}

/** KEDA patches a status at each true, so it is repeated slowly; it also drops the first ones of a new ScaledObject. */
const HEARTBEAT: Seconds = 10;

/**
 * Pushes the activity of a workload: at once, on every change to active, and as a heartbeat while active. False is never sent
 * twice in a row, nothing is sent on a refusal, and nothing is queued for a slow client. Ends when `closed` is aborted.
 */
export async function pushActivity(
  reference: KnownReference,
  service: DecisionService,
  clock: Clock,
  push: Push,
): Promise<void> {
  let active: boolean | undefined;
  let isWritable = true;
  const send = (): void => {
    if (active !== undefined && isWritable) isWritable = push.write(active);
    else isWritable = true;
  };
  const unsubscribe = service.subscribe(reference.key, reference.workload, (outcome) => {
    if (outcome.kind === 'refusal') return;
    const before = active;
    active = isActive(outcome);
    if (active !== before) send();
  });
  try {
    while (!push.closed.aborted) {
      await clock.sleep(HEARTBEAT, push.closed);
      if (active && !push.closed.aborted) send();
    }
  } finally {
    unsubscribe();
  }
}
