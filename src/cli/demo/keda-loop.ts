import { initialHpaState, RECOMMENDED_BEHAVIOR, syncHpa } from '../../autoscaling/hpa.js';
import { initialKedaState, pollKeda } from '../../autoscaling/keda.js';
import type { Clock } from '../../base/clock.js';
import type { Replicas, Seconds } from '../../base/units.js';
import type { Bounds } from '../../decision/workload.js';
import type { KedaReading } from './keda-client.js';

/** What is scaled: a fleet, seen as KEDA and the HPA see a Deployment. */
export interface Scalable {
  readonly specReplicas: Replicas;
  readonly statusReplicas: Replicas;
  scaleTo(replicas: Replicas): void;
}

/** HPA sync period; KEDA polls at the same rate here, as in the recommended ScaledObject. */
const PERIOD: Seconds = 15;
/** Both run in the middle of a tick, when its decision is there. */
const PHASE: Seconds = 7.5;

/**
 * KEDA's poll and the HPA's sync in one: asks the scaler twice a period, once each, and applies what follows with the HPA's
 * own arithmetic. Runs until `signal` is aborted.
 */
export async function runKedaLoop(
  read: () => Promise<KedaReading>,
  fleet: Scalable,
  bounds: Bounds,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let hpa = initialHpaState();
  let keda = initialKedaState(clock.now());
  while (!signal.aborted) {
    const now = clock.now();
    const next = Math.floor((now - PHASE) / PERIOD + 1) * PERIOD + PHASE;
    await clock.sleep(next - now, signal);
    if (signal.aborted) return;
    const polled = await read();
    const poll = pollKeda(
      {
        now: clock.now(),
        specReplicas: fleet.specReplicas,
        isActive: polled.isActive,
        minReplicas: bounds.minReplicas,
        cooldownPeriod: 0,
        initialCooldownPeriod: 0,
      },
      keda,
    );
    keda = poll.state;
    if (poll.specReplicas !== fleet.specReplicas) fleet.scaleTo(poll.specReplicas);
    const { metricTotal } = await read();
    const sync = syncHpa(
      {
        now: clock.now(),
        specReplicas: fleet.specReplicas,
        statusReplicas: fleet.statusReplicas,
        metricTotal,
        target: 1,
        bounds,
        behavior: RECOMMENDED_BEHAVIOR,
      },
      hpa,
    );
    hpa = sync.state;
    if (sync.desiredReplicas !== fleet.specReplicas) fleet.scaleTo(sync.desiredReplicas);
  }
}
