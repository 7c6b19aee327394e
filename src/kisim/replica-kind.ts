import { ok, type Result } from '../base/result.js';
import type { Seconds } from '../base/units.js';
import type { ServingProfile, VllmProfile } from '../decision/serving-profile.js';
import type { SloMetric } from '../decision/workload.js';
import { VLLM_LATENCY_BOUNDS } from '../engines/vllm.js';
import { loadVllmProfile } from './profiles/load-profile.js';
import { createFastForwardEngine } from './replica/engine.js';
import { type EngineOptions, engineOptionsFromProfile } from './replica/engine-options.js';
import type { Replica, ReplicaListener } from './replica/replica.js';

/** What whoever runs an engine may set; an engine that has no such setting goes without. Default: the engine's own. */
export type EngineSettings = Pick<EngineOptions, 'queueCap' | 'prefixCaching' | 'prefixHitRate'>;

/** What the replicas of a fleet are: a profile, how to make one, and the bounds of its engine's histograms (without +Inf). */
export interface ReplicaKind {
  readonly profile: ServingProfile;
  readonly createReplica: (listener: ReplicaListener, settings?: EngineSettings) => Replica;
  readonly latencyBounds: Readonly<Record<SloMetric, readonly Seconds[]>>;
}

/** Replicas of vLLM as a profile describes them. */
export function replicaKindOf(profile: VllmProfile): ReplicaKind {
  const options = engineOptionsFromProfile(profile, {
    ttftBounds: VLLM_LATENCY_BOUNDS.ttft,
    e2eBounds: VLLM_LATENCY_BOUNDS.e2e,
  });
  return {
    profile,
    createReplica: (listener, settings) =>
      createFastForwardEngine(settings ? { ...options, ...settings } : options, listener),
    latencyBounds: VLLM_LATENCY_BOUNDS,
  };
}

/** Replicas by profile name, or by the path of a profile file. The error says what is wrong with it. */
export function loadReplicaKind(nameOrPath: string): Result<ReplicaKind, string> {
  const profile = loadVllmProfile(nameOrPath);
  return profile.ok ? ok(replicaKindOf(profile.value)) : profile;
}
