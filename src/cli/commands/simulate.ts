import { dirname, resolve } from 'node:path';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import type { Seconds } from '../../base/units.js';
import { loadReplicaKind, type ReplicaKind } from '../../kisim/replica-kind.js';
import { TraceError } from '../../kisim/traffic/csv-rows.js';
import { linesOfFile } from '../../kisim/traffic/lines.js';
import type { Policy } from '../../policies/policy.js';
import { createPolicy, LEARNED, POLICY_NAMES } from '../../policies/registry.js';
import { controlOf } from '../../scenarios/policy-control.js';
import { checkScenario, galleryNames, galleryPath, readScenario } from '../../scenarios/read-scenario.js';
import { type RunResult, runScenario } from '../../scenarios/run-scenario.js';
import type { Scenario } from '../../scenarios/scenario.js';
import { createProgress, type Progress } from '../simulation-progress.js';
import { openRecorder, type Recorder } from '../simulation-recorder.js';
import { type ReportedRun, renderRuns } from '../simulation-table.js';

export interface SimulateOptions {
  readonly traffic?: readonly string[] | undefined;
  readonly policy?: readonly string[] | undefined;
  readonly profile?: string | undefined;
  readonly seed?: number | undefined;
  readonly replicasMin?: number | undefined;
  readonly replicasMax?: number | undefined;
  readonly guards: boolean;
  readonly requestsOut?: string | undefined;
  readonly ticksOut?: string | undefined;
  readonly json?: true | undefined;
}

/** One cell of the table: a scenario with its traffic, under one policy. */
interface Case {
  readonly label: string;
  readonly scenario: Scenario;
  readonly kind: ReplicaKind;
  readonly tracePath?: string;
  readonly policy: Policy;
}

/** What went wrong is the user's to put right; the message says where. */
export class UsageError extends Error {}

const DEFAULT_SCENARIO = 'spike';
const EXIT_USAGE = 2;

/**
 * `kiscaler simulate`: plays scenarios in KISim. `loadLearned` brings the policy of the shipped model, where there is one.
 * Exit codes: 0 played, 2 a bad scenario, trace, profile or option.
 */
export function simulateCommand(loadLearned: () => Promise<Policy | undefined> = async () => undefined) {
  return new Command('simulate')
    .description('Play a scenario in the simulator and print what it costs and how many requests miss their objective.')
    .argument('[scenario]', `a scenario file, or one of ${galleryNames().join(', ')}`)
    .option('--traffic <files...>', "request or rate traces (CSV) instead of the scenario's traffic, one run each")
    .option('--policy <name>', `who decides: ${POLICY_NAMES}; may be repeated (default: the scenario's)`, collect)
    .option('--profile <name>', 'GPU x model profile, by name or file')
    .option('--seed <n>', 'seed of every random stream', integer)
    .option('--replicas-min <n>', 'minReplicaCount', integer)
    .option('--replicas-max <n>', 'maxReplicaCount', integer)
    .option('--no-guards', 'let the policy through uncorrected')
    .option('--requests-out <file>', 'write one CSV row per request')
    .option('--ticks-out <file>', 'write one CSV row per tick')
    .option('--json', 'print JSON')
    .action(async (scenario, options, command) => {
      try {
        const results = await simulate(scenario, options, loadLearned);
        process.stdout.write(options.json ? `${JSON.stringify(results, undefined, 2)}\n` : renderRuns(results));
      } catch (error) {
        if (!isUsersError(error)) throw error;
        command.error(`error: ${error.message}`, { exitCode: EXIT_USAGE });
      }
    });
}

/** Plays every traffic under every policy, in order. Throws UsageError, or what `fs` throws for a file it cannot open. */
export async function simulate(
  name: string | undefined,
  options: SimulateOptions,
  loadLearned: () => Promise<Policy | undefined>,
  progressOf: (title: string, duration: Seconds | undefined) => Progress = createProgress,
): Promise<readonly ReportedRun[]> {
  const cases = await listCases(name, options, loadLearned);
  const recorder = openRecorder(options);
  try {
    const results: ReportedRun[] = [];
    for (const [index, one] of cases.entries()) {
      const title = `${index + 1}/${cases.length} ${one.label}, ${one.policy.name}`;
      const progress = progressOf(title, one.scenario.duration);
      const teaches = one.tracePath === undefined ? one.scenario.teaches : '';
      results.push({ traffic: one.label, teaches, ...(await play(one, progress, options, recorder)) });
    }
    return results;
  } finally {
    recorder.close();
  }
}

async function play(one: Case, progress: Progress, options: SimulateOptions, recorder: Recorder): Promise<RunResult> {
  const control = controlOf(one.policy.name);
  let isDone = false;
  try {
    const { onRequest, onTick } = recorder.of(one.label, one.policy.name);
    const result = await runScenario({
      ...one,
      ...control,
      ...(options.guards ? {} : { guards: false }),
      ...(one.tracePath === undefined ? {} : { lines: linesOfFile(one.tracePath) }),
      ...(onRequest ? { onRequest } : {}),
      onTick: (tick) => {
        progress.at(tick.tick);
        onTick?.(tick);
      },
    });
    isDone = true;
    return result;
  } catch (error) {
    if (one.tracePath !== undefined && (error instanceof TraceError || isFileError(error)))
      throw new UsageError(`${one.tracePath}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    progress.end(isDone);
  }
}

async function listCases(
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
  const folder = dirname(galleryPath(file) ?? file);
  return scenarios.flatMap((scenario, i) => {
    const kind = loadReplicaKind(scenario.profile);
    if (!kind.ok) throw new UsageError(kind.error);
    const trace = options.traffic?.[i];
    const tracePath =
      trace ?? (scenario.traffic.file === undefined ? undefined : resolve(folder, scenario.traffic.file));
    const label = trace ?? scenario.name;
    const place = tracePath === undefined ? {} : { tracePath };
    return policies.map((policy): Case => ({ label, scenario, kind: kind.value, policy, ...place }));
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

function isUsersError(error: unknown): error is Error {
  return error instanceof UsageError || isFileError(error);
}

function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

function integer(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('must be a whole number >= 0.');
  return Number(value);
}
