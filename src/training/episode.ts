import { logUniform, uniform } from '../base/distributions.js';
import { createRng, type Rng } from '../base/rng.js';
import type { RequestsPerSecond, Seconds } from '../base/units.js';
import { saturationThroughput, type VllmProfile } from '../decision/serving-profile.js';
import { scaleLaw } from '../decision/step-law.js';
import type { Workload } from '../decision/workload.js';
import { type ReplicaKind, replicaKindOf } from '../kisim/replica-kind.js';
import type { RateFamilyName } from '../kisim/traffic/families.js';
import { buildTraffic } from '../scenarios/build-traffic.js';
import type { FleetRun } from '../scenarios/fleet-run.js';
import { checkScenario } from '../scenarios/read-scenario.js';
import { openScenario } from '../scenarios/run-scenario.js';
import type { Scenario, ScenarioInput } from '../scenarios/scenario.js';

/** One drawn world: a fleet, its traffic, and what its operator believes of it. */
export interface Episode {
  readonly run: FleetRun;
  /** What is declared: capacity and cold start are wrong by up to 20 %. */
  readonly workload: Workload;
  readonly missPrice: number;
  /** Mean offered load in replicas, at least 1. */
  readonly meanLoad: number;
  /** Mean arrivals in one tick. */
  readonly arrivalsPerTick: number;
}

export const EPISODE_TICKS = 160;
/** Ticks before an episode in which the planner runs the fleet, so that the window has a past. */
export const WARMUP_TICKS = 8;
const TICK: Seconds = 15;
const DURATION: Seconds = (EPISODE_TICKS + WARMUP_TICKS + 1) * TICK;

/** Families of synthetic traffic; on/off and surges twice, because they decide how a policy transfers. */
const FAMILIES: readonly RateFamilyName[] = [
  'constant',
  'ramp',
  'spike',
  'periodic',
  'random',
  'random-walk',
  'mmpp',
  'flash-crowd',
  'diurnal',
  'on-off',
  'on-off',
  'surges',
  'surges',
];

const pick = <T>(rng: Rng, values: readonly T[]): T => values[Math.floor(rng.next() * values.length)] as T;

/** Draws an episode; everything in it depends on `rng` alone. Traffic is synthetic: no real trace is trained on. */
export function drawEpisode(base: VllmProfile, rng: Rng): Episode {
  const profile: VllmProfile = { ...base, maxNumSeqs: pick(rng, [8, 16, 16, 32]) };
  const throughput = saturationThroughput(profile, profile.meanInputTokens, profile.meanOutputTokens);
  const peak = logUniform(rng, 2.5, 15);
  const missPrice = logUniform(rng, 3, 100);
  const scenario = checkScenario(drawScenario(rng, profile, peak, throughput, missPrice));
  if (!scenario.ok) throw new Error(`an episode that is no scenario: ${scenario.error}`);
  const kind: ReplicaKind = replicaKindOf(profile);
  const { run } = openScenario({ scenario: scenario.value, kind });
  const arrivals = countArrivals(scenario.value, kind);
  return {
    run,
    workload: { ...run.workload, ...drawBeliefs(rng, profile, run.workload), policy: 'learned' },
    missPrice,
    meanLoad: Math.max(1, arrivals / DURATION / throughput),
    arrivalsPerTick: Math.max(1, (arrivals / DURATION) * TICK),
  };
}

function drawScenario(
  rng: Rng,
  profile: VllmProfile,
  peak: number,
  throughput: RequestsPerSecond,
  missPrice: number,
): ScenarioInput {
  const isTtft = rng.next() < 0.75;
  const burstiness = rng.next();
  const max = Math.ceil(peak * uniform(rng, 1.3, 3)) + 1;
  const high = peak * throughput;
  return {
    version: 1,
    name: 'episode',
    profile: profile.name,
    replicas: { min: 1, max, initial: Math.min(max, Math.max(1, Math.round(peak * uniform(rng, 0.1, 1)))) },
    slo: { metric: isTtft ? 'ttft' : 'e2e', limit: isTtft ? logUniform(rng, 0.5, 5) : logUniform(rng, 8, 16) },
    missPrice,
    coldStart: { median: pick(rng, [20, 60, 120, 240]) * logUniform(rng, 0.8, 1.25) },
    traffic: {
      pattern: pick(rng, FAMILIES),
      low: high * uniform(rng, 0, 0.5),
      high,
      cv: burstiness < 0.4 ? 1 : burstiness < 0.8 ? uniform(rng, 1, 3) : uniform(rng, 3, 6),
    },
    duration: DURATION,
    clientTimeout: uniform(rng, 60, 120),
    seed: Math.floor(rng.next() * 2 ** 31),
    faults: drawFaults(rng),
  };
}

/** A share of episodes carries trouble: metrics that stop for a while, or starts that take longer than ever before. */
function drawFaults(rng: Rng): ScenarioInput['faults'] {
  const kind = rng.next();
  const at = uniform(rng, 300, DURATION - 600);
  if (kind < 0.08) return [{ kind: 'metrics-stop', at, until: at + uniform(rng, 30, 240) }];
  if (kind < 0.14) return [{ kind: 'slow-start', at, until: DURATION, factor: uniform(rng, 1.5, 3) }];
  if (kind < 0.18) return [{ kind: 'pod-crash', at, pods: 1 }];
  return [];
}

function drawBeliefs(rng: Rng, profile: VllmProfile, declared: Workload): Pick<Workload, 'profile' | 'coldStart'> {
  const error = logUniform(rng, 0.8, 1.25);
  const believed = scaleLaw(profile.law, error);
  return { profile: { ...profile, law: believed }, coldStart: (declared.coldStart ?? 90) * logUniform(rng, 0.8, 1.25) };
}

/** The same scenario without a fleet to serve it: how much comes. Only rewards are scaled by it; no policy sees it. */
function countArrivals(scenario: Scenario, { profile }: ReplicaKind): number {
  const { traffic } = buildTraffic(scenario, profile, createRng(scenario.seed).stream('traffic'));
  let count = 0;
  while (traffic.next()) count++;
  return count;
}
