import { saturationThroughput } from '../decision/serving-profile.js';
import type { ReplicaKind } from '../kisim/replica-kind.js';
import { TraceError } from '../kisim/traffic/csv-rows.js';
import type { Policy } from '../policies/policy.js';
import { controlOf } from '../scenarios/policy-control.js';
import { type RunResult, runScenario } from '../scenarios/run-scenario.js';
import type { Scenario } from '../scenarios/scenario.js';
import { computeCost, type EvaluationRow } from './row.js';

/** One traffic to judge policies on. */
export interface EvaluationCase {
  readonly traffic: string;
  readonly scenario: Scenario;
  readonly kind: ReplicaKind;
}

export interface EvaluateOptions {
  readonly cases: readonly EvaluationCase[];
  readonly policies: readonly Policy[];
  readonly prices: readonly number[];
  readonly seeds: readonly number[];
  readonly onRun: (row: EvaluationRow | undefined, done: number, total: number) => void;
}

/** A traffic that cannot be played; the message says which and why. */
export class TrafficError extends Error {
  constructor(traffic: string, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(cause instanceof TraceError && cause.file !== undefined ? message : `${traffic}: ${message}`, { cause });
  }
}

/**
 * Plays every policy on every traffic at every price with every seed. Under one seed all policies meet the same requests and
 * the same cold start for the same pod. A run without requests gives no row.
 */
export async function evaluate({
  cases,
  policies,
  prices,
  seeds,
  onRun,
}: EvaluateOptions): Promise<readonly EvaluationRow[]> {
  const runs = cases.flatMap((one) =>
    seeds.flatMap((seed) => policies.flatMap((policy) => prices.map((price) => ({ one, seed, policy, price })))),
  );
  const rows: EvaluationRow[] = [];
  for (const [i, { one, seed, policy, price }] of runs.entries()) {
    const result = await runScenario({
      scenario: { ...one.scenario, missPrice: price },
      kind: one.kind,
      policy,
      seed,
      ...controlOf(policy.name),
    }).catch((cause: unknown): never => {
      throw new TrafficError(one.traffic, cause);
    });
    const row = toRow(one, result, price);
    if (row) rows.push(row);
    onRun(row, i + 1, runs.length);
  }
  return rows;
}

function toRow(
  { traffic, scenario, kind }: EvaluationCase,
  result: RunResult,
  price: number,
): EvaluationRow | undefined {
  const { statistics, policy, seed } = result;
  const { meanInputTokens, meanOutputTokens } = statistics;
  const throughput = saturationThroughput(kind.profile, meanInputTokens, meanOutputTokens);
  const cost = computeCost(statistics.replicaSeconds, throughput, statistics.injected);
  if (cost === undefined) return undefined;
  const latency = statistics[scenario.slo.metric];
  return {
    traffic,
    policy,
    setting: 'default',
    price,
    seed,
    cost,
    missRate: statistics.misses / statistics.injected,
    changesPerHour: (statistics.scaleChanges * 3600) / statistics.counted,
    p50: latency.p50,
    p95: latency.p95,
    p99: latency.p99,
    replicaHours: statistics.replicaSeconds / 3600,
    requests: statistics.injected,
  };
}
