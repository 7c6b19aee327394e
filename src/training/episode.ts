import { logUniform, uniform } from '../base/distributions.js';
import { createRng, type Rng } from '../base/rng.js';
import type { Ratio, Replicas, RequestsPerSecond, Seconds } from '../base/units.js';
import { type ServingProfile, saturationThroughput } from '../decision/serving-profile.js';
import { scaleLaw } from '../decision/step-law.js';
import type { Workload } from '../decision/workload.js';
import type { ReplicaKind } from '../kisim/replica-kind.js';
import { TraceError } from '../kisim/traffic/trace-error.js';
import { buildTraffic } from '../scenarios/build-traffic.js';
import { drawSetting } from '../scenarios/drawn-setting.js';
import type { FleetRun } from '../scenarios/fleet-run.js';
import { checkScenario } from '../scenarios/read-scenario.js';
import { openScenario } from '../scenarios/run-scenario.js';
import type { Scenario } from '../scenarios/scenario.js';
import { servedLatency } from '../scenarios/served-latency.js';
import { drawControl } from './worlds/draw-control.js';
import { drawFaults } from './worlds/draw-faults.js';
import { drawLengths, drawTraffic } from './worlds/draw-traffic.js';
import { pick, type World } from './worlds/world.js';

/** One drawn world: a fleet, its traffic, and what its operator believes of it. */
export interface Episode {
  readonly scenario: Scenario;
  readonly run: FleetRun;
  /** What is declared: capacity and cold start are wrong by up to 20 %. */
  readonly workload: Workload;
  readonly missPrice: number;
  /** Decisions that it takes, after WARMUP_TICKS of another policy's. */
  readonly ticks: number;
  readonly truth: Truth;
}

/** What is so, and no policy is told. */
export interface Truth {
  /** Of one replica. */
  readonly throughput: RequestsPerSecond;
  /** Median from creation to ready. */
  readonly coldStart: Seconds;
  /** Variation of the gaps between requests. */
  readonly cv: Ratio;
  /** Mean offered load in replicas, at least 1. */
  readonly meanLoad: Replicas;
  /** Mean arrivals in one tick, at least 1. */
  readonly arrivalsPerTick: number;
  /** Arrivals in every ARRIVALS_BIN from the start of the run to its end. */
  readonly arrivals: Uint32Array;
}

/** Ticks before an episode in which the planner runs the fleet, so that the window has a past. */
export const WARMUP_TICKS = 8;
export const ARRIVALS_BIN: Seconds = 5;
const TICK: Seconds = 15;
/** Most episodes are short, for variety; in the longest the 64 ticks of a window and the hour behind its p95 are long full. */
const LENGTHS: readonly number[] = [160, 160, 160, 160, 160, 160, 320, 320, 320, 640];
/** Half an hour of a recording in which nothing comes is no episode; another one is drawn. */
const ATTEMPTS = 50;

/** Draws an episode; everything in it depends on `rng` and the world alone. */
export function drawEpisode(world: World, rng: Rng): Episode {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      return drawOnce(world, rng.stream(`attempt/${attempt}`));
    } catch (error) {
      if (!(error instanceof TraceError && attempt < ATTEMPTS - 1)) throw error;
    }
  }
  throw new Error('no episode');
}

function drawOnce(world: World, rng: Rng): Episode {
  const ticks = pick(rng, LENGTHS);
  const kind = pick(rng, world.kinds);
  const { profile } = kind;
  const lengths = drawLengths(rng);
  const { input, output } =
    lengths === 'profile' ? { input: profile.meanInputTokens, output: profile.meanOutputTokens } : lengths;
  const throughput = saturationThroughput(profile, input, output);
  const { peak, cv, coldStart, maxReplicas, ...setting } = drawSetting(servedLatency(profile.name, lengths), rng);
  const missPrice = logUniform(rng, 3, 100);
  const duration = (ticks + WARMUP_TICKS + 1) * TICK;
  const hasRecordings = world.recordings !== undefined;
  const initial = Math.max(1, Math.round(peak * uniform(rng, 0.1, 1)));
  const checked = checkScenario({
    version: 1,
    name: 'episode',
    profile: profile.name,
    replicas: { min: 1, max: maxReplicas, initial: Math.min(maxReplicas, initial) },
    ...setting,
    missPrice,
    coldStart: { median: coldStart },
    traffic: {
      ...drawTraffic(rng, { high: peak * throughput, cv, duration, hasRecordings }),
      ...(lengths === 'profile' ? {} : { inputTokens: input, outputTokens: output }),
    },
    duration,
    seed: Math.floor(rng.next() * 2 ** 31),
    ...drawControl(rng),
    ...unlessWithout(world, drawFaults(rng, duration, maxReplicas * profile.gpus)),
  });
  if (!checked.ok) throw new Error(`an episode that is no scenario: ${checked.error}`);
  const scenario = checked.value;
  const files = world.recordings === undefined ? {} : { traces: world.recordings };
  const arrivals = countArrivals(scenario, kind, world);
  const { run } = openScenario({ scenario, kind, ...files });
  const rate = arrivals.reduce((sum, count) => sum + count, 0) / duration;
  return {
    scenario,
    run,
    workload: { ...run.workload, ...drawBeliefs(rng, profile, run.workload), policy: 'learned' },
    missPrice,
    ticks,
    truth: {
      throughput,
      coldStart,
      cv,
      meanLoad: Math.max(1, rate / throughput),
      arrivalsPerTick: Math.max(1, rate * TICK),
      arrivals,
    },
  };
}

/** Faults are drawn in any case: the episodes of a training without them are else those of one with them. */
function unlessWithout<T extends object>({ without }: World, faults: T): T | object {
  return without.includes('faults') ? {} : faults;
}

function drawBeliefs(rng: Rng, profile: ServingProfile, declared: Workload): Pick<Workload, 'profile' | 'coldStart'> {
  const error = logUniform(rng, 0.8, 1.25);
  const coldStart = (declared.coldStart ?? profile.coldStart) * logUniform(rng, 0.8, 1.25);
  return profile.engine === 'vllm'
    ? { profile: { ...profile, law: scaleLaw(profile.law, error) }, coldStart }
    : { profile, coldStart };
}

/**
 * The same scenario without a fleet to serve it: what comes, and when. Lengths have streams of their own, so that they need not be
 * drawn; a request costs less than a tenth of a microsecond again.
 */
function countArrivals(scenario: Scenario, { profile }: ReplicaKind, { recordings }: World): Uint32Array {
  const short = { inputTokens: { constant: 1 }, outputTokens: { constant: 1 } };
  const { traffic, duration } = buildTraffic(
    { ...scenario, traffic: { ...scenario.traffic, ...short } },
    profile,
    createRng(scenario.seed).stream('traffic'),
    recordings,
  );
  const bins = new Uint32Array(Math.ceil(duration / ARRIVALS_BIN));
  for (let request = traffic.next(); request; request = traffic.next()) {
    const bin = Math.min(bins.length - 1, Math.floor(request.arrival / ARRIVALS_BIN));
    bins[bin] = (bins[bin] as number) + 1;
  }
  return bins;
}
