import { ENGINES } from './engines/check.js';
import { QUEUEING } from './queueing/check.js';
import type { FidelityCheck } from './row.js';

/** What `make fidelity` runs, in order. */
export const CHECKS: readonly FidelityCheck[] = [QUEUEING, ENGINES];
