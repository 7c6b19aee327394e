import { ok, type Result } from '../base/result.js';
import type { Seconds } from '../base/units.js';
import type { ServingProfile, TritonProfile, VllmProfile } from '../decision/serving-profile.js';
import type { SloMetric } from '../decision/workload.js';
import { TRITON } from '../engines/triton.js';
import { VLLM_LATENCY_BOUNDS } from '../engines/vllm.js';
import { loadProfile } from './profiles/load-profile.js';
import { createFastForwardEngine } from './replica/engine.js';
import { type EngineOptions, engineOptionsFromProfile } from './replica/engine-options.js';
import type { Replica, ReplicaListener } from './replica/replica.js';
import { createTritonReplica, tritonOptionsFromProfile } from './replica/triton.js';

/** What whoever runs an engine may set; an engine that has no such setting goes without. Default: the engine's own. */
export type EngineSettings = Pick<EngineOptions, 'queueCap' | 'prefixCaching' | 'prefixHitRate'>;

/** What the replicas of a fleet are: a profile, how to make one, and the bounds of its engine's histograms (without +Inf). */
export interface ReplicaKind {
  readonly profile: ServingProfile;
  readonly createReplica: (listener: ReplicaListener, settings?: EngineSettings) => Replica;
  readonly latencyBounds: Readonly<Record<SloMetric, readonly Seconds[]>>;
}

/** Replicas as a profile describes them, of the engine that it is of. */
export function replicaKindOf(profile: ServingProfile): ReplicaKind {
  return profile.engine === 'vllm' ? vllmKind(profile) : tritonKind(profile);
}

function vllmKind(profile: VllmProfile): ReplicaKind {
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

function tritonKind(profile: TritonProfile): ReplicaKind {
  const bounds = (TRITON.firstResponse.bounds ?? []).map((milliseconds) => milliseconds / 1000);
  const options = tritonOptionsFromProfile(profile, bounds);
  return {
    profile,
    createReplica: (listener, { queueCap } = {}) =>
      createTritonReplica(queueCap === undefined ? options : { ...options, maxQueueSize: queueCap }, listener),
    latencyBounds: { ttft: bounds, e2e: bounds },
  };
}

/** Replicas by profile name, or by the path of a profile file. The error says what is wrong with it. */
export function loadReplicaKind(nameOrPath: string): Result<ReplicaKind, string> {
  const profile = loadProfile(nameOrPath);
  return profile.ok ? ok(replicaKindOf(profile.value)) : profile;
}
