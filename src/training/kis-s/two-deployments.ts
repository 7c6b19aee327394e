import { createRng } from '../../base/rng.js';
import { quantileSorted } from '../../base/statistics.js';
import type { Seconds } from '../../base/units.js';
import type { TritonProfile } from '../../decision/serving-profile.js';
import { latest, type Window } from '../../decision/window.js';
import type { RequestRecord } from '../../kisim/replica/request.js';
import { replicaKindOf } from '../../kisim/replica-kind.js';
import { createFleetRun } from '../../scenarios/create-fleet-run.js';
import type { FleetRun, RunTotals } from '../../scenarios/fleet-run.js';
import { checkScenario } from '../../scenarios/read-scenario.js';
import { fleetOfScenario } from '../../scenarios/run-scenario.js';
import type { Scenario } from '../../scenarios/scenario.js';
import { clampCounts, type KisSCounts } from './action.js';
import type { KisSPattern } from './published.js';
import { SplitTraffic } from './split-traffic.js';
import type { KisSReadings } from './state.js';

/** Seconds of one inference in the KIS-S repository's own measurement of single requests: MobileNetV4 on its GPU and its CPU. */
export const KIS_S_SERVICE_TIME = { gpu: 0.0772, cpu: 0.0816 } as const;

/** 10 to 100 users that think for 1.5 s and of whose requests five in eight are inferences: what they ask for at most, 1/s. */
const RATES = { low: (10 * 0.625) / 1.5, high: (100 * 0.625) / 1.5 } as const;
const START: KisSCounts = { gpu: 3, cpu: 3 };
const MAX_PODS = 20;
export const EPISODE: Seconds = 300;
/** What readings look back on, and what passes before the first of them: no reading is missing for want of a past. */
export const READING_WINDOW: Seconds = 60;
const CLIENT_TIMEOUT: Seconds = 60;

/** One request as its client saw it. */
interface Answered {
  readonly arrival: Seconds;
  readonly at: Seconds;
  /** Seconds; the client's patience where no answer came. */
  readonly latency: Seconds;
  readonly isCompleted: boolean;
}

interface Deployment {
  readonly run: FleetRun;
  readonly answered: readonly Answered[];
}

/** A GPU and a CPU Deployment of one model behind one Service, with a minute at the low rate before the episode. */
export class TwoDeployments {
  readonly gpu: Deployment;
  readonly cpu: Deployment;
  readonly #split: SplitTraffic;
  #counts: KisSCounts = START;
  #now: Seconds = 0;

  constructor(pattern: KisSPattern, seed: number) {
    const [gpu, cpu] = [open('gpu', pattern, seed), open('cpu', pattern, seed)];
    this.#split = new SplitTraffic(gpu.options.traffic, createRng(seed).stream('service'));
    const [toGpu, toCpu] = this.#split.sides;
    this.gpu = { run: createFleetRun({ ...gpu.options, traffic: toGpu }), answered: gpu.answered };
    this.cpu = { run: createFleetRun({ ...cpu.options, traffic: toCpu }), answered: cpu.answered };
    this.advance(READING_WINDOW);
  }

  get now(): Seconds {
    return this.#now;
  }

  /** Wanted replicas. */
  get counts(): KisSCounts {
    return this.#counts;
  }

  /** Ready replicas: observed, wanted and ready are three things. */
  get ready(): KisSCounts {
    return { gpu: this.gpu.run.replicas.ready, cpu: this.cpu.run.replicas.ready };
  }

  scaleTo(counts: KisSCounts): void {
    this.#counts = clampCounts(counts);
    this.gpu.run.applySpec(this.#counts.gpu);
    this.cpu.run.applySpec(this.#counts.cpu);
  }

  /** Lets both fleets run for so long, a multiple of the grid's interval; the Service learns of ready pods once a tick. */
  advance(span: Seconds, onTick: (world: TwoDeployments) => void = () => {}): void {
    const { interval } = this.gpu.run.grid;
    const until = this.#now + span;
    while (this.#now < until) {
      onTick(this);
      const { gpu, cpu } = this.ready;
      this.#split.share = gpu + cpu > 0 ? gpu / (gpu + cpu) : 0.5;
      this.#now += interval;
      this.gpu.run.advanceTo(this.#now);
      this.cpu.run.advanceTo(this.#now);
    }
  }

  /** What Prometheus and the load generator would have said now. */
  readings(): KisSReadings {
    const recent = [...this.gpu.answered, ...this.cpu.answered].filter(({ at }) => at > this.#now - READING_WINDOW);
    const window = (run: FleetRun): Window => run.window(this.#now);
    const pods = [this.gpu, this.cpu].reduce((sum, { run }) => sum + run.pods().length, 0);
    const busyCpu = latest(window(this.cpu.run), 'gpuUtilization')?.value;
    const busyGpu = latest(window(this.gpu.run), 'gpuUtilization')?.value;
    const p95 = percentile95(recent);
    return {
      // A node has room for ten CPU pods; the simulated engine's busy share is its processor's here.
      cpuUtilization: busyCpu === undefined ? undefined : busyCpu * this.ready.cpu * 10,
      memoryUtilization: (100 * pods) / MAX_PODS,
      gpuUtilization: busyGpu === undefined ? undefined : 100 * busyGpu,
      latencyP95: p95 === undefined ? undefined : 1000 * p95,
      throughput: recent.filter(({ isCompleted }) => isCompleted).length / READING_WINDOW,
      gpuReplicas: this.#counts.gpu,
      cpuReplicas: this.#counts.cpu,
    };
  }

  totals(): { readonly gpu: RunTotals; readonly cpu: RunTotals } {
    return { gpu: this.gpu.run.totals(), cpu: this.cpu.run.totals() };
  }

  /** Waits, at the counts as they are, until every client has its answer or has given up. */
  drain(): void {
    this.advance(CLIENT_TIMEOUT + this.gpu.run.grid.interval);
  }
}

/** The 95th percentile over everything that one Deployment was asked in the episode, s; undefined without any. */
export function wholeRunP95({ answered }: Deployment): Seconds | undefined {
  return percentile95(answered.filter(({ arrival }) => arrival >= READING_WINDOW));
}

function percentile95(answered: readonly Pick<Answered, 'latency'>[]): Seconds | undefined {
  if (answered.length === 0) return undefined;
  return quantileSorted(Float64Array.from(answered, ({ latency }) => latency).sort(), 0.95);
}

function open(pool: keyof KisSCounts, pattern: KisSPattern, seed: number) {
  const answered: Answered[] = [];
  const scenario = checkScenario({
    version: 1,
    name: `kis-s-${pool}`,
    profile: `kis-s-${pool}`,
    replicas: { min: 1, max: 10, initial: START[pool] },
    slo: { metric: 'e2e', limit: 0.5 },
    traffic: {
      sequence: [
        { pattern: 'constant', high: RATES.low, duration: READING_WINDOW },
        { pattern, ...RATES, duration: EPISODE },
      ],
    },
    clientTimeout: CLIENT_TIMEOUT,
    router: 'round-robin',
    seed,
  });
  if (!scenario.ok) throw new Error(`an episode that is no scenario: ${scenario.error}`);
  const onRequest = ({ arrival, finishedAt, outcome }: RequestRecord): void => {
    const isCompleted = outcome === 'completed';
    const latency = isCompleted ? finishedAt - arrival : CLIENT_TIMEOUT;
    answered.push({ arrival, at: arrival + latency, latency, isCompleted });
  };
  const kind = replicaKindOf(profileOf(pool, KIS_S_SERVICE_TIME[pool]));
  return { answered, options: fleetOfScenario({ scenario: scenario.value as Scenario, kind, onRequest }).run };
}

/** One request at a time, as Triton serves without dynamic batching; the rest is what KISim takes for a small model. */
function profileOf(pool: string, serviceTime: Seconds): TritonProfile {
  return {
    name: `kis-s-${pool}`,
    engine: 'triton',
    law: { base: 0, perRequest: serviceTime },
    maxBatchSize: 1,
    preferredBatchSizes: [],
    maxQueueDelay: 0,
    instances: 1,
    memoryPerRequestMiB: 16,
    maxNumSeqs: 1,
    gpus: 1,
    gpuMemory: { totalMiB: 10_240, usedMiB: 1024, reservedMiB: 256 },
    coldStart: 30,
    pricePerHour: 0,
    meanInputTokens: 1,
    meanOutputTokens: 1,
  };
}
