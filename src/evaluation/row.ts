import type { Ratio, Requests, RequestsPerSecond, Seconds } from '../base/units.js';

/** What one run of one policy on one traffic came to; `--json` prints these, one line each. */
export interface EvaluationRow {
  readonly traffic: string;
  readonly policy: string;
  readonly setting: string;
  /** Price of a miss (lambda) that the policy was told. */
  readonly price: number;
  readonly seed: number;
  /** Replica-hours over the mean offered load in replicas: 1 is a fleet that is always exactly full. */
  readonly cost: number;
  /** Share of all requests above their SLO, timed out, rejected, lost or unfinished ones included. */
  readonly missRate: Ratio;
  readonly changesPerHour: number;
  /** Quantiles of the SLO's latency, seconds. */
  readonly p50: Seconds;
  readonly p95: Seconds;
  readonly p99: Seconds;
  readonly replicaHours: number;
  readonly requests: Requests;
}

/** Cost of a run: replica-seconds times what a replica could have served, over what came. Undefined without requests. */
export function computeCost(
  replicaSeconds: Seconds,
  throughput: RequestsPerSecond,
  requests: Requests,
): number | undefined {
  return requests > 0 ? (replicaSeconds * throughput) / requests : undefined;
}

/** J = cost + price * missRate: the one number a price turns a run into. */
export function computeObjective({ cost, missRate }: Pick<EvaluationRow, 'cost' | 'missRate'>, price: number): number {
  return cost + price * missRate;
}
