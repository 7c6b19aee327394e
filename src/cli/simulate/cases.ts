import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadReplicaKind, type ReplicaKind } from '../../kisim/replica-kind.js';
import { type TraceFiles, traceFilesIn } from '../../kisim/traffic/trace-files.js';
import type { Policy } from '../../policies/policy.js';
import { createPolicy, LEARNED, POLICY_NAMES } from '../../policies/registry.js';
import { checkScenario, galleryPath, readScenario } from '../../scenarios/read-scenario.js';
import type { Scenario } from '../../scenarios/scenario.js';
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
  loadLearned: () => Promise<Policy | undefined>,
): Promise<readonly Case[]> {
  const file = name ?? DEFAULT_SCENARIO;
  const read = readScenario(file);
  if (!read.ok) throw new UsageError(`${file}: ${read.error}`);
  const scenarios = (options.traffic ?? [undefined]).map((trace) => adapt(read.value, options, trace));
  const names = options.policy ?? [read.value.policy];
  const learned = names.includes(LEARNED) ? await loadLearned() : undefined;
  const policies = names.map((one) => findPolicy(one, learned));
  const path = galleryPath(file) ?? file;
  const folder = dirname(path);
  const text = readFileSync(path, 'utf8');
  return scenarios.flatMap((scenario, i) => {
    const kind = loadReplicaKind(scenario.profile);
    if (!kind.ok) throw new UsageError(kind.error);
    const trace = options.traffic?.[i];
    const traces = traceFilesIn(trace === undefined ? folder : '.');
    const label = trace ?? scenario.name;
    const teaches = trace === undefined ? scenario.teaches : '';
    return policies.map((policy): Case => ({ label, scenario, kind: kind.value, policy, teaches, text, traces }));
  });
}

/** The scenario with the command line's changes, checked again as a whole. */
function adapt(scenario: Scenario, options: SimulateOptions, trace: string | undefined): Scenario {
  const { initial, ...bounds } = scenario.replicas;
  const replicas = {
    min: options.replicasMin ?? bounds.min,
    max: options.replicasMax ?? Math.max(bounds.max, options.replicasMin ?? 0),
  };
  const start = initial === undefined ? {} : { initial: Math.min(replicas.max, Math.max(replicas.min, initial)) };
  const changed = {
    ...scenario,
    replicas: { ...replicas, ...start },
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(trace === undefined ? {} : { traffic: { file: trace }, duration: undefined }),
    ...(options.duration === undefined ? {} : { duration: options.duration }),
  };
  const checked = checkScenario(changed);
  if (!checked.ok) throw new UsageError(checked.error);
  return checked.value;
}

function findPolicy(name: string, learned: Policy | undefined): Policy {
  const policy = createPolicy(name, learned);
  if (policy) return policy;
  const why = name === LEARNED ? 'no model is there to load' : `there are ${POLICY_NAMES}`;
  throw new UsageError(`policy ${name}: ${why}`);
}
