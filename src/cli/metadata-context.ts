import { loadProfile } from '../kisim/profiles/load-profile.js';
import { createPolicy, MODEL_POLICIES } from '../policies/registry.js';
import type { MetadataContext } from '../scaler/metadata.js';

/** What metadata may name where its owner reads it on his own machine: any profile file, every policy, every backend. */
export const LOCAL_CONTEXT: MetadataContext = {
  findProfile: (name) => {
    const loaded = loadProfile(name);
    return loaded.ok ? loaded.value : undefined;
  },
  hasPolicy: (name) => MODEL_POLICIES.includes(name) || createPolicy(name) !== undefined,
  hasBackend: () => true,
};
