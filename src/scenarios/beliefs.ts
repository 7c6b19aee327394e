import { z } from 'zod';
import type { Ratio } from '../base/units.js';
import type { ServingProfile } from '../decision/serving-profile.js';
import { scaleLaw } from '../decision/step-law.js';

const factor = z.number().min(0.1).max(10).default(1);

/** `beliefs` of a scenario file: by how much what the operator has declared differs from what is true. */
export const beliefsSchema = z.strictObject({
  throughput: factor.describe('Of a replica, over what it is: 0.5 declares half of what it can do.'),
  coldStart: factor.describe('Its median, over what it is: 2 declares twice as long.'),
});

/** The profile of a replica that is `throughput` times as fast at everything. Pure; the slots stay, and so does memory. */
export function believedProfile(profile: ServingProfile, throughput: Ratio): ServingProfile {
  if (throughput === 1) return profile;
  if (profile.engine === 'vllm') return { ...profile, law: scaleLaw(profile.law, 1 / throughput) };
  const { base, perRequest } = profile.law;
  return { ...profile, law: { base: base / throughput, perRequest: perRequest / throughput } };
}
