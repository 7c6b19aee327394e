import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadReplicaKind, type ReplicaKind } from '../../kisim/replica-kind.js';
import { type TraceFiles, traceFilesIn } from '../../kisim/traffic/trace-files.js';
import type { LearnedPolicy, Policy } from '../../policies/policy.js';
import { isLearned, readPolicy } from '../../policies/registry.js';
import { buildKind } from '../../scenarios/build-kind.js';
import { galleryPath, parseScenario, readScenario } from '../../scenarios/read-scenario.js';
import type { Scenario, ScenarioInput } from '../../scenarios/scenario.js';
import type { SimulateOptions } from './options.js';
import { UsageError } from './usage-error.js';

const DEFAULT_SCENARIO = 'spike';

/** One cell of the table: a scenario with its traffic, under one policy. */
export interface Case {
  readonly label: string;
  readonly scenario: Scenario;
  readonly kind: ReplicaKind;
  /** Opens the files that its traffic names. */
  readonly traces: TraceFiles;
  readonly policy: Policy;
  /** What the scenario teaches; empty where other traffic takes the place of its own. */
  readonly teaches: string;
  /** The scenario file as it is written. */
  readonly text: string;
}

/** Every traffic under every policy, in order. Throws UsageError. */
export async function listCases(
  name: string | undefined,
  options: SimulateOptions,
  loadLearned: () => Promise<LearnedPolicy | undefined>,
): Promise<readonly Case[]> {
  const file = name ?? DEFAULT_SCENARIO;
  const read = readScenario(file);
  if (!read.ok) throw new UsageError(`${file}: ${read.error}`);
  const names = options.policy ?? [read.value.policy];
  const learned = names.some(isLearned) ? await loadLearned() : undefined;
  const policies = names.map((one) => {
    const policy = readPolicy(one, learned);
    if (!policy.ok) throw new UsageError(policy.error);
    return policy.value;
  });
  const path = galleryPath(file) ?? file;
  const folder = dirname(path);
  const text = readFileSync(path, 'utf8');
  const scenarios = (options.traffic ?? [undefined]).map((trace) => {
    const adapted = parseScenario(text, changesOf(read.value, options, trace));
    if (!adapted.ok) throw new UsageError(adapted.error);
    return adapted.value;
  });
  return scenarios.flatMap((scenario, i) => {
    const kind = loadReplicaKind(scenario.profile);
    if (!kind.ok) throw new UsageError(kind.error);
    const built = buildKind(scenario, kind.value);
    const trace = options.traffic?.[i];
    const traces = traceFilesIn(trace === undefined ? folder : '.');
    const label = trace ?? scenario.name;
    const teaches = trace === undefined ? scenario.teaches : '';
    return policies.map((policy): Case => ({ label, scenario, kind: built, policy, teaches, text, traces }));
  });
}

/** What the command line changes in a scenario, in the words of its file, so that it can be checked again as a whole. */
function changesOf(scenario: Scenario, options: SimulateOptions, trace: string | undefined): Partial<ScenarioInput> {
  return {
    replicas: replicasOf(scenario, options),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(trace === undefined ? {} : { traffic: { file: trace }, duration: undefined }),
    ...(options.duration === undefined ? {} : { duration: options.duration }),
  };
}

/** Where only one bound is changed, the other gives way, and the fleet starts within both. */
function replicasOf({ replicas: bounds }: Scenario, { replicasMin, replicasMax }: SimulateOptions) {
  const min = replicasMin ?? bounds.min;
  const max = replicasMax ?? Math.max(bounds.max, replicasMin ?? 0);
  const { initial } = bounds;
  return { min, max, ...(initial === undefined ? {} : { initial: Math.min(max, Math.max(min, initial)) }) };
}
