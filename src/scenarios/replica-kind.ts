import { ok, type Result } from '../base/result.js';
import type { Seconds } from '../base/units.js';
import type { ServingProfile } from '../decision/serving-profile.js';
import type { SloMetric } from '../decision/workload.js';
import { loadProfile } from '../kisim/profiles/load-profile.js';
import { createFastForwardEngine } from '../kisim/replica/engine.js';
import { engineOptionsFromProfile } from '../kisim/replica/engine-options.js';
import type { Replica, ReplicaListener } from '../kisim/replica/replica.js';

/** What the replicas of a fleet are: a profile, how to make one, and the bounds of its engine's histograms (without +Inf). */
export interface ReplicaKind {
  readonly profile: ServingProfile;
  readonly createReplica: (listener: ReplicaListener) => Replica;
  readonly latencyBounds: Readonly<Record<SloMetric, readonly Seconds[]>>;
}

/** Buckets of vLLM 0.33: vllm:time_to_first_token_seconds and vllm:e2e_request_latency_seconds. */
const TTFT_BOUNDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
const E2E_BOUNDS = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];

/** Replicas of vLLM as a profile describes them. */
export function replicaKindOf(profile: ServingProfile): ReplicaKind {
  const options = engineOptionsFromProfile(profile, { ttftBounds: TTFT_BOUNDS, e2eBounds: E2E_BOUNDS });
  return {
    profile,
    createReplica: (listener) => createFastForwardEngine(options, listener),
    latencyBounds: { ttft: TTFT_BOUNDS, e2e: E2E_BOUNDS },
  };
}

/** Replicas by profile name, or by the path of a profile file. The error says what is wrong with it. */
export function loadReplicaKind(nameOrPath: string): Result<ReplicaKind, string> {
  const profile = loadProfile(nameOrPath);
  return profile.ok ? ok(replicaKindOf(profile.value)) : profile;
}
