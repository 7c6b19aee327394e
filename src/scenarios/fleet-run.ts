import type { Dollars, Ratio, Replicas, Requests, Seconds, Tokens } from '../base/units.js';
import type { Grid, Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';
import type { Fault } from '../kisim/fault.js';
import type { StartPhase } from '../kisim/fleet/cold-start.js';
import type { PodPhase, WaitingReason } from '../kisim/fleet/pod.js';
import type { ReplicaCounts } from '../kisim/fleet/replica-counts.js';

export type { ReplicaCounts } from '../kisim/fleet/replica-counts.js';

/** Quantiles over the requests that came so far, seconds; NaN when there was none. */
export interface LatencyQuantiles {
  readonly p50: Seconds;
  readonly p95: Seconds;
  readonly p99: Seconds;
}

/**
 * Counts since the start of counting (`countFrom`). Every injected request ends in exactly one outcome; those that have not
 * ended yet are in flight: injected = completed + timedOut + rejected + lost + unfinished + inFlight.
 */
export interface RunTotals {
  /** Requests that reached the gateway since the start of the run, counted or not. */
  readonly arrivals: Requests;
  readonly injected: Requests;
  readonly completed: Requests;
  readonly timedOut: Requests;
  readonly rejected: Requests;
  readonly lost: Requests;
  readonly unfinished: Requests;
  readonly inFlight: Requests;
  /**
   * Requests that missed the objective, each counted once, at the moment it became certain: the limit passed without first
   * token (or completion), its first attempt was given up, rejected or lost, or the run ended.
   */
  readonly misses: Requests;
  /** Attempts beyond the first one of each request. */
  readonly retries: Requests;
  /** Starting, ready and draining replicas, integrated over time: what is billed. */
  readonly replicaSeconds: Seconds;
  /** Changes of spec.replicas, and the sum of their sizes. */
  readonly scaleChanges: number;
  readonly scaledReplicas: Replicas;
  /** Largest spec.replicas. */
  readonly maxReplicas: Replicas;
  /** What the replica seconds cost. */
  readonly dollars: Dollars;
}

/** Everything known once a run is over. */
export interface RunStatistics extends RunTotals {
  readonly ttft: LatencyQuantiles;
  /** Seconds per output token after the first, over completed requests with at least two. */
  readonly tpot: LatencyQuantiles;
  readonly e2e: LatencyQuantiles;
  /** Seconds counted: from `countFrom` to the end of the run. */
  readonly counted: Seconds;
  readonly preemptions: number;
  /** Mean lengths of the requests as they were asked for; NaN without any. */
  readonly meanInputTokens: Tokens;
  readonly meanOutputTokens: Tokens;
}

/** One pod as it is now; requests and KV use are 0 until it is ready. */
export interface PodView {
  readonly name: string;
  readonly phase: PodPhase;
  /** Where it stands on its way to ready; `warmup` also while it serves and is not warm yet. */
  readonly startPhase: StartPhase | undefined;
  readonly waitingReason: WaitingReason | undefined;
  readonly restarts: number;
  readonly pool: string;
  readonly node: string | undefined;
  readonly age: Seconds;
  readonly waiting: Requests;
  readonly running: Requests;
  readonly kvUsage: Ratio;
}

/**
 * A fleet under control and traffic on one simulated clock that starts at 0. Synchronous and deterministic: equal options give
 * equal bytes. One step of a trainer or of the driver is
 * `run.advanceTo(tick); const window = run.window(tick); run.answer(total)`.
 */
export interface FleetRun {
  readonly workload: Workload;
  readonly grid: Grid;
  readonly now: Seconds;
  /** Lets everything happen that happens at or before `until` (>= now): traffic, pods, scrapes, HPA syncs, KEDA polls. */
  advanceTo(until: Seconds): void;
  /** The window that decides `tick` (a multiple of the interval, the newest one at or before now, or an earlier one). */
  window(tick: Seconds): Window;
  /** What the scaler answers KEDA from now on (AverageValue, target 1); undefined is an error, so the HPA holds. */
  answer(metricTotal: number | undefined): void;
  /** Sets spec.replicas at once, past KEDA and the HPA. */
  applySpec(replicas: Replicas): void;
  readonly replicas: ReplicaCounts;
  /** Requests that wait at the gateway, because no replica is ready. */
  readonly held: Requests;
  /** Every pod that exists, oldest first. */
  pods(): readonly PodView[];
  /** Lets something go wrong at `fault.at` (>= now), as the scenario file's faults do. */
  inject(fault: Fault): void;
  /** Snapshot of the counters at `now`. */
  totals(): RunTotals;
  /** The traffic has ended and no request is left. */
  readonly isOver: boolean;
  /** Ends the run: what is still in flight becomes `unfinished`. Only `totals` may follow. */
  finish(): RunStatistics;
}
