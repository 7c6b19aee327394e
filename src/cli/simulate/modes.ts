import { CHECK_MODE } from './check-mode.js';
import { DESIRED_MODE } from './desired-mode.js';
import { LIST_MODE } from './list-mode.js';
import type { SimulateMode } from './mode.js';
import { ORACLE_MODE } from './oracle.js';
import { SINGLE_REPLICA_MODE } from './single-replica.js';

/** What `kiscaler simulate` can do beside playing scenarios; each in a file of its own. */
export const MODES: readonly SimulateMode[] = [LIST_MODE, CHECK_MODE, ORACLE_MODE, DESIRED_MODE, SINGLE_REPLICA_MODE];
