import type { Result } from '../base/result.js';
import type { Seconds } from '../base/units.js';
import type { RefusalCode } from '../decision/decision.js';
import type { SignalName } from '../decision/signal.js';
import type { Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';

/** Why a signal (or, without a name, the whole read) has no value at this tick. */
export interface Missing {
  readonly signal?: SignalName;
  readonly code: RefusalCode;
}

/** Where windows come from: Prometheus in a cluster, KISim in the demo. */
export interface SignalSource {
  /**
   * The window of `workload` for `tick` (a multiple of the grid's interval). Signals without a sample are NaN in it; an
   * error means that nothing at all could be read at this tick.
   */
  read(workload: Workload, tick: Seconds, signal?: AbortSignal): Promise<Result<Window, readonly Missing[]>>;
}
