import { CONTROL } from './control/check.js';
import { ENGINES } from './engines/check.js';
import { LAWS } from './laws/check.js';
import { QUEUEING } from './queueing/check.js';
import { REAL } from './real/check.js';
import type { FidelityCheck } from './row.js';
import { SCHEDULER } from './scheduler/check.js';
import { SENSITIVITY } from './sensitivity/check.js';
import { TELEMETRY } from './telemetry/check.js';
import { TRITON } from './triton/check.js';

/** What `make fidelity` runs, in order. */
export const CHECKS: readonly FidelityCheck[] = [
  QUEUEING,
  ENGINES,
  SCHEDULER,
  REAL,
  TRITON,
  TELEMETRY,
  CONTROL,
  LAWS,
  SENSITIVITY,
];
