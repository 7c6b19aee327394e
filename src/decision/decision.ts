import type { Replicas, Seconds } from '../base/units.js';
import type { ForecastDriver } from './driving-quantile.js';
import type { Forecast } from './forecast.js';

/** What one policy would do for one workload at one tick. A policy that cannot answer says why; it never guesses. */
export type Proposal =
  | {
      readonly policy: string;
      readonly ok: true;
      readonly replicas: Replicas;
      /** What it was made from, where it was made from a forecast. */
      readonly forecast?: Forecast;
    }
  | { readonly policy: string; readonly ok: false; readonly because: ProposalFailure };

export const PROPOSAL_FAILURES = {
  KIS_MODEL_MISSING: 'no model file is loaded',
  KIS_MODEL_INVALID: 'the model file failed its checksum, schema or self-test',
  KIS_MODEL_NOT_FINITE: 'the model answered NaN or infinity',
  KIS_MODEL_SLOW: 'the model did not answer in time',
  KIS_MODEL_OUT_OF_RANGE: 'the observation lies outside what training saw',
  KIS_OBSERVATION_INCOMPLETE: 'the window lacks what the policy needs',
} as const;

export type ProposalFailure = keyof typeof PROPOSAL_FAILURES;

/** One guard that changed the count. */
export interface Correction {
  readonly guard: string;
  readonly from: Replicas;
  readonly to: Replicas;
}

/** The count one tick decided on: an integer within bounds. */
export interface Decision {
  readonly kind: 'decision';
  readonly tick: Seconds;
  readonly replicas: Replicas;
  /** spec.replicas as the window showed it. */
  readonly currentReplicas: Replicas;
  /** `policy`: the workload's own policy. `planner`: it could not answer, and the analytic rule stepped in. */
  readonly source: 'policy' | 'planner';
  /** Why the planner stepped in. */
  readonly because?: ProposalFailure | 'KIS_KILL_SWITCH';
  readonly proposals: readonly Proposal[];
  /** What of a forecast set the law's count, where the policy has one. */
  readonly driver?: ForecastDriver;
  readonly corrections: readonly Correction[];
  /** One plain sentence, e.g. "6 -> 9: queue 41, cold start 90 s". */
  readonly sentence: string;
}

export const REFUSALS = {
  KIS_METRICS_DOWN: 'the metrics backend does not answer',
  KIS_METRICS_SLOW: 'the metrics backend answers too slowly',
  KIS_METRICS_EMPTY: 'a required signal has no samples',
  KIS_METRICS_STALE: 'the newest samples are older than three minutes',
  KIS_METRICS_PARTIAL: 'fewer than half of the ready replicas were scraped',
  KIS_METRICS_MALFORMED: 'the metrics backend answered something that is no sample',
  KIS_METRICS_OVERSIZE: 'the metrics backend answered more than one megabyte',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** Nothing can be said, so nothing is said: KEDA gets an error and the HPA holds. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly tick: Seconds;
  readonly code: RefusalCode;
}
