import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng.js';
import { medianColdStart } from '../../../src/kisim/fleet/cold-start.js';
import { toStagedStart } from '../../../src/kisim/fleet/cold-start-schema.js';
import { loadColdStart } from '../../../src/kisim/fleet/load-cold-start.js';
import { loadReplicaKind, type ReplicaKind } from '../../../src/kisim/replica-kind.js';
import { constantLength } from '../../../src/kisim/traffic/length-distribution.js';
import { type TraceFiles, traceFilesIn } from '../../../src/kisim/traffic/trace-files.js';
import { buildSource } from '../../../src/scenarios/build-source.js';
import { checkScenario } from '../../../src/scenarios/read-scenario.js';
import type { Scenario } from '../../../src/scenarios/scenario.js';

/** Of ServeGen's m-large, a source that policies are tuned on, never judged by: 21:00 to 22:00 of its first day. */
const SECTION = 21 * 3600;
const TRACE = 'client_traces_m-large.tar.gz';
const FOLDER = 'm-large';
/** Requests a second in its busiest minutes: between three and eight replicas. */
const PEAK = 12;
const COLD_START = 'gp3-8b';
const SEED = 7;

export const PROFILE = 'a10g-llama-3.1-8b';
export const MAX = 12;
export const SLO = 2;
export const DRAIN_GRACE = 30;

export interface RealHour {
  readonly scenario: Scenario;
  readonly kind: ReplicaKind;
  readonly traces: TraceFiles;
  readonly seed: number;
}

export interface RealHourOptions {
  /** Folder of the public data sets. */
  readonly data: string;
  /** Folder for what is unpacked. */
  readonly folder: string;
  readonly policy: string;
  /** Seconds that count, from the section's begin on. */
  readonly length: number;
  /** Seconds before it that do not. */
  readonly warmup: number;
  /** As the real ones have it. */
  readonly control: { readonly pollingInterval: number; readonly hpaSync: number };
  readonly scrapeInterval: number;
}

/** An hour of real traffic on simulated replicas of a real profile, as a scenario. */
export function openRealHour({ data, folder, policy, length, warmup, ...rest }: RealHourOptions): RealHour {
  const traces = unpack(data, folder);
  const scenario = checkScenario({
    version: 1,
    name: 'real-hour',
    profile: PROFILE,
    replicas: { min: 1, max: MAX, initial: 1 },
    slo: { metric: 'ttft', limit: SLO },
    traffic: { file: FOLDER, from: SECTION - warmup, to: SECTION + 3600, peak: PEAK },
    duration: warmup + length,
    warmup,
    clientTimeout: 60,
    policy,
    fleet: { coldStart: COLD_START, drain: { grace: DRAIN_GRACE }, gatewayCapacity: 10_000 },
    control: rest.control,
    telemetry: { scrapeInterval: rest.scrapeInterval },
  });
  const kind = loadReplicaKind(PROFILE);
  if (!scenario.ok) throw new Error(scenario.error);
  if (!kind.ok) throw new Error(kind.error);
  return { scenario: scenario.value, kind: kind.value, traces, seed: SEED };
}

/** Seconds at which requests of a section of the same trace come, counted from its begin; so many that it has this peak. */
export function readArrivals(
  data: string,
  folder: string,
  section: { readonly from: number; readonly to: number; readonly peak: number },
): readonly number[] {
  const setting = {
    files: unpack(data, folder),
    lengths: { input: constantLength(1), output: constantLength(1) },
    duration: section.to - section.from,
    isCut: true,
  };
  const spec = { file: FOLDER, time: 1, rate: 1, ...section };
  const { traffic } = buildSource(spec, setting, createRng(SEED).stream('traffic'));
  const arrivals: number[] = [];
  for (let next = traffic.next(); next; next = traffic.next()) arrivals.push(next.arrival);
  return arrivals;
}

function unpack(data: string, folder: string): TraceFiles {
  const unpacked = join(folder, 'traces');
  mkdirSync(unpacked, { recursive: true });
  execFileSync('tar', ['xzf', join(data, 'servegen', TRACE), '-C', unpacked]);
  return traceFilesIn(unpacked);
}

/** The cold start of its pods. */
export function coldStartOfHour() {
  const file = loadColdStart(COLD_START);
  if (!file.ok) throw new Error(file.error);
  const staged = toStagedStart(file.value);
  return { staged, median: Math.round(medianColdStart(staged)) };
}
