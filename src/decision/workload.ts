import type { Ratio, Replicas, Seconds } from '../base/units.js';
import type { EngineName, ServingProfile } from './serving-profile.js';

export type SloMetric = 'ttft' | 'e2e';

/** Gateways that count the requests they receive. */
export const ARRIVAL_SOURCES = ['dynamo'] as const;
export type ArrivalSource = (typeof ARRIVAL_SOURCES)[number];

/** A latency objective: a request that exceeds `limit` is a miss. */
export interface Slo {
  readonly metric: SloMetric;
  readonly limit: Seconds;
}

/** minReplicas <= maxReplicas, both integers, maxReplicas >= 1. */
export interface Bounds {
  readonly minReplicas: Replicas;
  readonly maxReplicas: Replicas;
}

/**
 * One scaled fleet, as its operator describes it; parsed once, frozen. Built only by `scaler/metadata` (from a trigger's
 * metadata) and by `scenarios/`.
 */
export interface Workload {
  readonly namespace: string;
  /** Name of the ScaledObject. */
  readonly name: string;
  /** The scaled object's target; unknown until kube-state-metrics' HPA series name it. */
  readonly target?: { readonly kind: string; readonly name: string };
  readonly engine: EngineName;
  readonly model?: string;
  readonly slo: Slo;
  /** Bounds known without looking at the cluster; the HPA's own, seen in the window, narrow them. */
  readonly bounds: Bounds;
  /** Replica-equivalents that one missed replica's worth of traffic costs (policy price lambda), in [1, 1000]. */
  readonly missPrice: number;
  /** `learned`, `planner`, or a rival by name. */
  readonly policy: string;
  /** Whose counter of received requests is read; absent: arrivals are estimated from what the engine completes. */
  readonly arrivals?: ArrivalSource;
  readonly profile?: ServingProfile;
  readonly maxNumSeqs?: number;
  readonly coldStart?: Seconds;
  /** Named Prometheus of the operator's config. */
  readonly backend: string;
  /** Tolerance that the HPA really applies; 0 where the recommended ScaledObject is used. */
  readonly hpaTolerance: Ratio;
}
