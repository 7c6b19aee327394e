import { loadProfile } from '../kisim/profiles/load-profile.js';
import { settingsOf } from '../policies/registry.js';
import type { MetadataContext } from '../scaler/metadata.js';

/** What metadata may name where its owner reads it on his own machine: any profile file, every policy, every backend. */
export const LOCAL_CONTEXT: MetadataContext = {
  findProfile: (name) => {
    const loaded = loadProfile(name);
    return loaded.ok ? loaded.value : undefined;
  },
  hasPolicy: (name) => settingsOf(name) !== undefined,
  hasBackend: () => true,
};
