import type { Dollars, Ratio, Requests, RequestsPerSecond, Seconds } from '../base/units.js';

/** What one run of one policy on one traffic came to; `--json` prints these, one line each. Counts are of the counted hours. */
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
  /** Hours counted, the drain at the end among them. */
  readonly hours: number;
  /** What the replica-hours cost. */
  readonly dollars: Dollars;
  /** Quantiles of the time to first token and of whole requests, seconds. */
  readonly ttftP50: Seconds;
  readonly ttftP95: Seconds;
  readonly ttftP99: Seconds;
  readonly e2eP50: Seconds;
  readonly e2eP95: Seconds;
  readonly e2eP99: Seconds;
  /** Changes of spec.replicas that turned round the one before, within ten minutes. */
  readonly flips: number;
  /** Stretches of misses that at least five minutes without any lie between. */
  readonly missEpisodes: number;
  /** Largest cost and share of misses of any hour; of a shorter run, of the whole. */
  readonly worstHourCost: number;
  readonly worstHourMissRate: Ratio;
  /** Requests that did not end well, whatever their latency; misses, all of them. */
  readonly timedOut: Requests;
  readonly rejected: Requests;
  readonly lost: Requests;
  readonly unfinished: Requests;
}

/** Every key of a row, in the order in which they are printed. */
export const ROW_KEYS = [
  'traffic',
  'policy',
  'setting',
  'price',
  'seed',
  'cost',
  'missRate',
  'changesPerHour',
  'p50',
  'p95',
  'p99',
  'replicaHours',
  'requests',
  'hours',
  'dollars',
  'ttftP50',
  'ttftP95',
  'ttftP99',
  'e2eP50',
  'e2eP95',
  'e2eP99',
  'flips',
  'missEpisodes',
  'worstHourCost',
  'worstHourMissRate',
  'timedOut',
  'rejected',
  'lost',
  'unfinished',
] as const satisfies readonly (keyof EvaluationRow)[];

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
