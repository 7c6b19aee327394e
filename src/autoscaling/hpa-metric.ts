import type { Replicas, Seconds } from '../base/units.js';
import type { Milli } from './quantity.js';

/**
 * One entry of `spec.metrics` with what the metrics API says of it now; undefined: the API answered with an error. Objects are
 * external metrics to the arithmetic.
 */
export type HpaMetric =
  /** KEDA's kind. `total` is the sum over the values returned. */
  | {
      readonly type: 'External';
      readonly target: 'AverageValue' | 'Value';
      readonly targetValue: Milli;
      readonly total: Milli | undefined;
    }
  /** Usage by pod against an average. */
  | { readonly type: 'Pods'; readonly targetValue: Milli; readonly usage: PodUsage | undefined }
  /** CPU or memory against a share of what the pods request, in whole per cent. */
  | {
      readonly type: 'Resource';
      readonly resource: 'cpu' | 'memory';
      readonly targetUtilization: number;
      readonly usage: PodUsage | undefined;
    };

export type PodUsage = ReadonlyMap<string, PodSample>;

export interface PodSample {
  readonly value: Milli;
  /** When it was measured, and over what time. */
  readonly at: Seconds;
  readonly window: Seconds;
}

/** A pod as the HPA's informer shows it. */
export interface HpaPod {
  readonly name: string;
  readonly phase: 'Pending' | 'Running' | 'Failed';
  readonly isTerminating: boolean;
  readonly startedAt?: Seconds;
  /** Its Ready condition and when that last changed; absent before the kubelet reports one. */
  readonly ready?: { readonly isTrue: boolean; readonly changedAt: Seconds };
  /** Requested amount of the resource. */
  readonly request: Milli;
}

/** What every metric is held against. */
export interface Target {
  readonly now: Seconds;
  readonly specReplicas: Replicas;
  /** Pods that exist, ready or not; AverageValue divides by these. */
  readonly statusReplicas: Replicas;
  /** Pods of the target; needed by every kind of metric but AverageValue. */
  readonly pods?: readonly HpaPod[];
}
