import type { Result } from '../base/result.js';
import type { Proposal, ProposalFailure } from '../decision/decision.js';
import type { Forecast } from '../decision/forecast.js';
import type { Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';

/** One question to a policy: what would you do for this workload, seeing this window? */
export interface PolicyInput {
  readonly workload: Workload;
  readonly window: Window;
}

/**
 * Everything that proposes a replica count. `propose` answers a batch (all workloads of a tick) in the order asked, one
 * proposal each; it keeps no memory between calls, so that equal windows give equal answers on every replica.
 */
export interface Policy {
  readonly name: string;
  propose(batch: readonly PolicyInput[]): Promise<readonly Proposal[]>;
}

/** The learned policy, and the forecast that it acts on, which other policies may act on too. */
export interface LearnedPolicy extends Policy {
  /** One forecast per question, in the order asked, or why the network cannot answer. */
  forecast(batch: readonly PolicyInput[]): Promise<readonly Result<Forecast, ProposalFailure>[]>;
}
