import { createRng } from '../base/rng.js';
import type { Seconds } from '../base/units.js';
import type { Guard } from '../decision/guards.js';
import type { Workload } from '../decision/workload.js';
import { type Behavior, behaviorOf, upToleranceOf } from '../kisim/control.js';
import type { RequestRecord } from '../kisim/replica/request.js';
import type { ReplicaKind } from '../kisim/replica-kind.js';
import type { TraceFiles } from '../kisim/traffic/trace-files.js';
import type { Policy } from '../policies/policy.js';
import { believedProfile } from './beliefs.js';
import { buildFleet, clientPatience, declaredColdStart } from './build-fleet.js';
import { buildKind } from './build-kind.js';
import { buildTraffic } from './build-traffic.js';
import { createFleetRun, type FleetRunOptions } from './create-fleet-run.js';
import { type DriveResult, drive, type TickListener } from './drive.js';
import type { FleetRun } from './fleet-run.js';
import type { Scenario } from './scenario.js';
import { toControlOptions } from './schema/control.js';
import { toTelemetryOptions } from './schema/telemetry.js';

export interface RunScenarioOptions {
  readonly scenario: Scenario;
  readonly kind: ReplicaKind;
  readonly policy: Policy;
  /** Whether our guards correct the policy, or which of them; default: the scenario's. */
  readonly guards?: boolean | readonly Guard[];
  /** The HPA's behaviour block; default: the scenario's. */
  readonly behavior?: Behavior;
  /** Default: the scenario's. */
  readonly seed?: number;
  /** Opens the files that its traffic names; default: relative to the working directory. */
  readonly traces?: TraceFiles;
  readonly onRequest?: (record: RequestRecord) => void;
  readonly onTick?: TickListener;
  /** Told how long the traffic lasts, before it begins. */
  readonly onStart?: (duration: Seconds) => void;
}

export interface RunResult extends DriveResult {
  readonly scenario: string;
  readonly policy: string;
  readonly seed: number;
}

/**
 * Plays one scenario under one policy. The same scenario, policy and seed give the same result to the last bit; two policies
 * under one seed meet the same requests and the same cold start for the same pod. Throws TraceError for a bad trace and
 * ScenarioError for a fleet that cannot be.
 */
export async function runScenario(options: RunScenarioOptions): Promise<RunResult> {
  const { scenario, policy } = options;
  const seed = options.seed ?? scenario.seed;
  const { run, duration } = openScenario(options);
  options.onStart?.(duration);
  const result = await drive(run, {
    policy,
    guards: options.guards ?? scenario.guards,
    duration,
    patience: clientPatience(scenario) + run.grid.interval,
    ...(options.onTick ? { onTick: options.onTick } : {}),
  });
  return { scenario: scenario.name, policy: policy.name, seed, ...result };
}

/** The fleet of a scenario at time 0, to be stepped by hand, and how long its traffic lasts. */
export function openScenario(options: Omit<RunScenarioOptions, 'policy'>): {
  readonly run: FleetRun;
  readonly duration: Seconds;
} {
  const { run, duration } = fleetOfScenario(options);
  return { run: createFleetRun(run), duration };
}

/** What the fleet of a scenario is made of, its traffic opened, and how long that lasts. */
export function fleetOfScenario(options: Omit<RunScenarioOptions, 'policy'>): {
  readonly run: FleetRunOptions;
  readonly duration: Seconds;
} {
  const { scenario } = options;
  const kind = buildKind(scenario, options.kind);
  const seed = options.seed ?? scenario.seed;
  const { traffic, duration } = buildTraffic(scenario, kind.profile, createRng(seed).stream('traffic'), options.traces);
  const run: FleetRunOptions = {
    workload: workloadOf(scenario, kind, options.behavior),
    profile: kind.profile,
    traffic,
    seed,
    latencyBounds: kind.latencyBounds[scenario.slo.metric],
    initialReplicas: scenario.replicas.initial ?? scenario.replicas.min,
    ...buildFleet(scenario, kind),
    control: toControlOptions(scenario.control, options.behavior),
    ...toTelemetryOptions(scenario.telemetry),
    hasGateway: scenario.gateway,
    faults: scenario.faults,
    countFrom: scenario.warmup,
    ...(options.onRequest ? { onRequest: options.onRequest } : {}),
  };
  return { run, duration };
}

/** The workload as its operator would have declared it. */
export function workloadOf(scenario: Scenario, kind: ReplicaKind, behavior?: Behavior): Workload {
  const { throughput = 1, coldStart = 1 } = scenario.beliefs ?? {};
  const profile = believedProfile(kind.profile, throughput);
  return {
    namespace: 'simulation',
    name: scenario.name,
    target: { kind: 'Deployment', name: scenario.name },
    engine: profile.engine,
    slo: scenario.slo,
    bounds: { minReplicas: scenario.replicas.min, maxReplicas: scenario.replicas.max },
    missPrice: scenario.missPrice,
    policy: scenario.policy,
    profile,
    coldStart: coldStart * declaredColdStart(scenario, kind),
    backend: 'default',
    hpaTolerance: upToleranceOf(behavior ?? behaviorOf(scenario.control.behavior)),
  };
}
