import type { Seconds } from '../base/units.js';
import type { ServingProfile } from '../decision/serving-profile.js';
import type { SloMetric } from '../decision/workload.js';
import type { Replica, ReplicaListener } from '../kisim/replica/replica.js';

/** What the replicas of a fleet are: a profile, how to make one, and the bounds of its engine's histograms (without +Inf). */
export interface ReplicaKind {
  readonly profile: ServingProfile;
  readonly createReplica: (listener: ReplicaListener) => Replica;
  readonly latencyBounds: Readonly<Record<SloMetric, readonly Seconds[]>>;
}
