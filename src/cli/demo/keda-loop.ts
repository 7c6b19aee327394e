import { type HpaBehavior, RECOMMENDED_BEHAVIOR } from '../../autoscaling/behavior.js';
import { averageValue, initialHpaState, syncHpa } from '../../autoscaling/hpa.js';
import { requestScale } from '../../autoscaling/keda-executor.js';
import type { ScaledObjectSpec } from '../../autoscaling/scaled-object-spec.js';
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
  let lastActiveAt: Seconds | undefined;
  const createdAt = clock.now();
  const spec = specOf(bounds, behavior, period);
  // In the middle of a tick, when its decision is there.
  const phase = period / 2;
  while (!signal.aborted) {
    const now = clock.now();
    const next = Math.floor((now - phase) / period + 1) * period + phase;
    await clock.sleep(next - now, signal);
    if (signal.aborted) return;
    const { isActive } = await read();
    const { specReplicas } = fleet;
    const isError = isActive === undefined;
    const request = { now: clock.now(), spec, specReplicas, annotations: {}, isActive: isActive === true, isError };
    const poll = requestScale(request, { createdAt, lastActiveAt });
    lastActiveAt = poll.lastActiveAt;
    if (poll.specReplicas !== fleet.specReplicas) fleet.scaleTo(poll.specReplicas);
    const { metricTotal } = await read();
    const sync = syncHpa(
      {
        now: clock.now(),
        specReplicas: fleet.specReplicas,
        statusReplicas: fleet.statusReplicas,
        metrics: [averageValue(metricTotal, 1)],
        bounds,
        behavior,
      },
      hpa,
    );
    hpa = sync.state;
    if (sync.desiredReplicas !== fleet.specReplicas) fleet.scaleTo(sync.desiredReplicas);
  }
}

/** The recommended ScaledObject: no cooldown, because the policy owns hold times. */
function specOf(bounds: Bounds, behavior: HpaBehavior, pollingInterval: Seconds): ScaledObjectSpec {
  const trigger = { target: 1, metricType: 'AverageValue', useCachedMetrics: false } as const;
  return { ...bounds, behavior, pollingInterval, cooldownPeriod: 0, initialCooldownPeriod: 0, triggers: [trigger] };
}
