import { createHash } from 'node:crypto';
import { isLearned, LEARNED, parsePolicyName } from '../policies/registry.js';
import type { Scenario } from '../scenarios/scenario.js';
import { parseForesightName } from './bounds/foresight.js';

/** One traffic to judge policies on; plain data, so that any thread can play it. */
export interface EvaluationCase {
  readonly traffic: string;
  /** Its `profile` is the name or the path of the replicas' profile. */
  readonly scenario: Scenario;
  /** Where the files that its traffic names are. */
  readonly folder: string;
}

/** One policy on one traffic with one seed; `price` is what the policy is told, `policy` its name with its settings. */
export interface PlannedRun {
  readonly case: EvaluationCase;
  readonly policy: string;
  readonly price: number;
  readonly seed: number;
  /** What rows call it; absent: the law and its setting (`lawAndSetting`). */
  readonly label?: RowLabel;
  /** Of a policy that comes from a file, which one; absent: the one that ships. */
  readonly model?: ModelFile;
}

/** A policy as rows have it: the law, and its setting, which is `default` for authors' constants. */
export interface RowLabel {
  readonly policy: string;
  readonly setting: string;
}

export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
}

export interface RunPlan {
  readonly cases: readonly EvaluationCase[];
  /** Names, with settings; `at` limits one to a price. */
  readonly policies: readonly PlannedPolicy[];
  readonly prices: readonly number[];
  readonly seeds: readonly number[];
}

export interface PlannedPolicy extends Pick<PlannedRun, 'label' | 'model'> {
  readonly name: string;
  /** The one price for which it is meant; absent: all. */
  readonly at?: number;
}

/** Every policy on every traffic at every price with every seed, traffics first. */
export function planRuns({ cases, policies, prices, seeds }: RunPlan): readonly PlannedRun[] {
  return cases.flatMap((one) =>
    seeds.flatMap((seed) =>
      policies.flatMap(({ name, at, ...rest }) =>
        prices
          .filter((price) => at === undefined || at === price)
          .map((price) => ({ case: one, policy: name, price, seed, ...rest })),
      ),
    ),
  );
}

/** What rows call a policy by its name alone. */
export function lawAndSetting(policy: string): RowLabel {
  const parsed = parsePolicyName(policy);
  const law = parsed.ok ? parsed.value.name : policy;
  return { policy: law, setting: policy.length > law.length ? policy.slice(law.length + 1) : 'default' };
}

/** What a row of a run says of it, but for what it came to. */
export function namesOf({ case: { traffic }, policy, price, seed, label }: PlannedRun) {
  return { traffic, ...(label ?? lawAndSetting(policy)), price, seed };
}

/** Whether what a run is named by decides with the model file, and is told the price of a miss. */
export function needsModel(policy: string): boolean {
  return isLearned(policy) || parseForesightName(policy) !== undefined;
}

/**
 * What decides the outcome of a run, as a hash: equal keys give equal rows but for the price, which hand-written laws are not
 * told, and for what rows call it. `shipped` is the checksum of the learned policy where a run names no other.
 */
export function keyOfRun({ case: one, policy, price, seed, model }: PlannedRun, shipped = ''): string {
  const told = needsModel(policy) ? { price, [LEARNED]: model?.sha256 ?? shipped } : {};
  const { scenario, folder } = one;
  return createHash('sha256')
    .update(JSON.stringify({ scenario, folder, policy, seed, ...told }))
    .digest('hex')
    .slice(0, 24);
}
