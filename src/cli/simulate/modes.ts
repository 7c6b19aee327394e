import type { SimulateMode } from './mode.js';

/** What `kiscaler simulate` can do beside playing scenarios; each in a file of its own. */
export const MODES: readonly SimulateMode[] = [];
