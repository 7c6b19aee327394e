import type { Seconds } from '../../base/units.js';
import type { ServingProfile } from '../../decision/serving-profile.js';
import type { Replica } from '../replica/replica.js';
import type { MetricFamily } from './exposition.js';
import { tritonFamilies } from './triton-exposition.js';
import { vllmFamilies } from './vllm-exposition.js';

export interface Exposed {
  readonly modelName: string;
  readonly profile: ServingProfile;
  readonly now: Seconds;
}

/** What a pod's own /metrics shows, by the engine that its profile is of. */
export function engineFamilies(replica: Replica, { modelName, profile, now }: Exposed): readonly MetricFamily[] {
  return profile.engine === 'vllm'
    ? vllmFamilies(replica, modelName, profile)
    : tritonFamilies(replica, modelName, now);
}
