import { type HpaBehavior, RECOMMENDED_BEHAVIOR } from '../../autoscaling/behavior.js';
import { initialHpaState, syncHpa } from '../../autoscaling/hpa.js';
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

export interface KedaLoopOptions {
  readonly bounds: Bounds;
  readonly clock: Clock;
  readonly behavior?: HpaBehavior;
  /** HPA sync period; KEDA polls at the same rate here, as in the recommended ScaledObject. */
  readonly period?: Seconds;
}

/**
 * KEDA's poll and the HPA's sync in one: asks the scaler twice a period, once each, and applies what follows with the HPA's
 * own arithmetic. Runs until `signal` is aborted.
 */
export async function runKedaLoop(
  read: () => Promise<KedaReading>,
  fleet: Scalable,
  { bounds, clock, behavior = RECOMMENDED_BEHAVIOR, period = 15 }: KedaLoopOptions,
  signal: AbortSignal,
): Promise<void> {
  let hpa = initialHpaState();
  let keda = initialKedaState(clock.now());
  // In the middle of a tick, when its decision is there.
  const phase = period / 2;
  while (!signal.aborted) {
    const now = clock.now();
    const next = Math.floor((now - phase) / period + 1) * period + phase;
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
        behavior,
      },
      hpa,
    );
    hpa = sync.state;
    if (sync.desiredReplicas !== fleet.specReplicas) fleet.scaleTo(sync.desiredReplicas);
  }
}
