import type { Result } from '../base/result.js';
import { saturationThroughput } from '../decision/serving-profile.js';
import { loadReplicaKind, type ReplicaKind } from '../kisim/replica-kind.js';
import { TraceError } from '../kisim/traffic/trace-error.js';
import { type TraceFiles, traceFilesIn } from '../kisim/traffic/trace-files.js';
import type { LearnedPolicy, Policy } from '../policies/policy.js';
import { QPLAN } from '../policies/qplan.js';
import { readPolicy } from '../policies/registry.js';
import { buildKind } from '../scenarios/build-kind.js';
import type { RunStatistics } from '../scenarios/fleet-run.js';
import { controlOf, type PolicyControl } from '../scenarios/policy-control.js';
import { runScenario } from '../scenarios/run-scenario.js';
import { CLAIRVOYANT_CONTROL, createClairvoyant, parseClairvoyantName } from './bounds/clairvoyant.js';
import type { World } from './bounds/foreseen.js';
import { createForesight, parseForesightName } from './bounds/foresight.js';
import { computeLowerBoundRow, lowerBoundName } from './bounds/lower-bound-row.js';
import { type Course, countFlips, countMissEpisodes, findWorstHour } from './course.js';
import { namesOf, needsModel, type PlannedRun } from './planned-run.js';
import { createCourseRecorder } from './record-course.js';
import { computeCost, type EvaluationRow } from './row.js';

/** Plays a run; undefined where no request came. */
export type PlayRun = (run: PlannedRun) => Promise<EvaluationRow | undefined>;

/** A traffic that cannot be played; the message says which and why. */
export class TrafficError extends Error {
  constructor(traffic: string, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(cause instanceof TraceError && cause.file !== undefined ? message : `${traffic}: ${message}`, { cause });
  }
}

/**
 * A player that reads every profile once. Under one seed all policies meet the same requests and the same cold start for the
 * same pod. Rejects with TrafficError for a run that cannot be: a bad trace, profile, policy or fleet.
 * Also plays what bounds are made of.
 *
 * @param loadLearned brings the learned policy, when a run asks for it first: of a model file, or the one that ships.
 */
export function createPlayer(loadLearned: (path?: string) => Promise<LearnedPolicy | undefined>): PlayRun {
  const kinds = new Map<string, Result<ReplicaKind, string>>();
  const folders = new Map<string, TraceFiles>();
  const models = new Map<string, Promise<LearnedPolicy | undefined>>();
  return async (run) => {
    const { scenario, folder, traffic } = run.case;
    try {
      const load = (): Promise<LearnedPolicy | undefined> => loadLearned(run.model?.path);
      const learned = needsModel(run.policy) ? await remembered(models, run.model?.path ?? '', load) : undefined;
      const kind = orThrow(remembered(kinds, scenario.profile, loadReplicaKind));
      const world: World = {
        scenario: { ...scenario, missPrice: run.price },
        kind,
        seed: run.seed,
        traces: remembered(folders, folder, traceFilesIn),
      };
      if (run.policy === lowerBoundName(run.price)) return computeLowerBoundRow(run, world);
      const { warmup, replicas } = scenario;
      const recorder = createCourseRecorder(warmup, replicas.initial ?? replicas.min);
      const { statistics } = await runScenario({
        ...world,
        ...wiredPolicy(run.policy, world, learned),
        onTick: recorder.onTick,
      });
      return toRow(
        run,
        buildKind(scenario, kind),
        statistics,
        recorder.finish(warmup + statistics.counted, statistics),
      );
    } catch (cause) {
      throw new TrafficError(traffic, cause);
    }
  };
}

/** What decides a run, and how it is wired up. */
function wiredPolicy(
  name: string,
  world: World,
  learned: LearnedPolicy | undefined,
): PolicyControl & { readonly policy: Policy } {
  const clairvoyant = parseClairvoyantName(name);
  if (clairvoyant) return { policy: createClairvoyant(world, orThrow(clairvoyant)), ...CLAIRVOYANT_CONTROL };
  const foresight = parseForesightName(name);
  if (foresight) return { policy: createForesight(world, orThrow(foresight), learned), ...controlOf(QPLAN) };
  return { policy: orThrow(readPolicy(name, learned)), ...controlOf(name) };
}

function orThrow<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

function remembered<T>(known: Map<string, T>, key: string, make: (key: string) => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(key);
  known.set(key, made);
  return made;
}

function toRow(
  run: PlannedRun,
  { profile }: ReplicaKind,
  statistics: RunStatistics,
  course: Course,
): EvaluationRow | undefined {
  const { meanInputTokens, meanOutputTokens, replicaSeconds, injected, counted } = statistics;
  const throughput = saturationThroughput(profile, meanInputTokens, meanOutputTokens);
  const cost = computeCost(replicaSeconds, throughput, injected);
  if (cost === undefined) return undefined;
  const worstHour = findWorstHour(course, throughput);
  const { ttft, e2e, timedOut, rejected, lost, unfinished } = statistics;
  return {
    ...namesOf(run),
    cost,
    missRate: statistics.misses / injected,
    changesPerHour: (statistics.scaleChanges * 3600) / counted,
    ...statistics[run.case.scenario.slo.metric],
    replicaHours: replicaSeconds / 3600,
    requests: injected,
    hours: counted / 3600,
    dollars: statistics.dollars,
    ttftP50: ttft.p50,
    ttftP95: ttft.p95,
    ttftP99: ttft.p99,
    e2eP50: e2e.p50,
    e2eP95: e2e.p95,
    e2eP99: e2e.p99,
    flips: countFlips(course),
    missEpisodes: countMissEpisodes(course),
    worstHourCost: worstHour.cost,
    worstHourMissRate: worstHour.missRate,
    timedOut,
    rejected,
    lost,
    unfinished,
  };
}
