import type { Dollars, Replicas, Requests, Seconds } from '../base/units.js';
import { DEFAULT_GRID, type Grid, type Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';
import { PRIORITY, runUntil } from '../kisim/event-queue.js';
import { type Fault, scheduleFaults } from '../kisim/fault.js';
import type { Pod } from '../kisim/fleet/pod.js';
import { countReplicas } from '../kisim/fleet/replica-counts.js';
import type { LogHistogram } from '../kisim/log-histogram.js';
import { buildSimulation, type Simulation, type SimulationOptions } from '../kisim/simulation.js';
import type { FleetRun, LatencyQuantiles, PodView, ReplicaCounts, RunStatistics, RunTotals } from './fleet-run.js';

type Defaulted =
  | 'grid'
  | 'router'
  | 'gatewayCapacity'
  | 'hasGateway'
  | 'drainMode'
  | 'drainGrace'
  | 'faults'
  | 'countFrom';

/** As SimulationOptions, with defaults for what seldom differs. */
export type FleetRunOptions = Omit<SimulationOptions, Defaulted> & Partial<Pick<SimulationOptions, Defaulted>>;

/** What a run assumes where nothing else is said. */
export const FLEET_RUN_DEFAULTS = {
  grid: DEFAULT_GRID,
  router: 'least-outstanding',
  /** Waiting requests after which gateways answer 429 (llm-d-inference-sim's cap). */
  gatewayCapacity: 1000,
  hasGateway: false,
  drainMode: 'wait',
  /** terminationGracePeriodSeconds, Kubernetes' default. */
  drainGrace: 30,
  faults: [],
  countFrom: 0,
} as const satisfies Pick<SimulationOptions, Defaulted>;

/** A run at time 0, its initial replicas ready. */
export function createFleetRun(options: FleetRunOptions): FleetRun {
  return new Run({ ...FLEET_RUN_DEFAULTS, ...options });
}

class Run implements FleetRun {
  readonly #options: SimulationOptions;
  readonly #simulation: Simulation;
  #now: Seconds = 0;
  #uncountedSeconds: Seconds = 0;
  #uncountedDollars: Dollars = 0;
  #scaleChanges = 0;
  #scaledReplicas: Replicas = 0;
  #spec: Replicas;
  #maxReplicas: Replicas;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#spec = options.initialReplicas;
    this.#maxReplicas = options.initialReplicas;
    this.#simulation = buildSimulation(options, (change) => {
      this.#spec += change;
      this.#maxReplicas = Math.max(this.#maxReplicas, this.#spec);
      this.#scaleChanges++;
      this.#scaledReplicas += Math.abs(change);
    });
    this.#simulation.timers.schedule(options.countFrom, PRIORITY.fault, (now) => {
      this.#uncountedSeconds = this.#podSeconds(now);
      this.#uncountedDollars = this.#simulation.fleet.dollars(now);
      this.#scaleChanges = 0;
      this.#scaledReplicas = 0;
      this.#maxReplicas = this.#spec;
    });
  }

  get workload(): Workload {
    return this.#options.workload;
  }

  get grid(): Grid {
    return this.#options.grid;
  }

  get now(): Seconds {
    return this.#now;
  }

  advanceTo(until: Seconds): void {
    runUntil(this.#simulation.sources, until);
    this.#now = until;
  }

  window(tick: Seconds): Window {
    return this.#simulation.telemetry.window(tick);
  }

  answer(metricTotal: number | undefined): void {
    const { control, telemetry } = this.#simulation;
    control.answer(metricTotal, this.#now, telemetry.windowDelay);
  }

  applySpec(replicas: Replicas): void {
    if (replicas !== this.#simulation.fleet.spec) this.#simulation.fleet.scaleTo(replicas, this.#now);
  }

  get replicas(): ReplicaCounts {
    return countReplicas(this.#simulation.fleet);
  }

  get held(): Requests {
    const { dispatcher, fleet } = this.#simulation;
    return fleet.pods.reduce((rest, { inFlight }) => rest - inFlight, dispatcher.requests.inFlight);
  }

  pods(): readonly PodView[] {
    const now = this.#now;
    this.#simulation.fleet.settle(now);
    return this.#simulation.fleet.pods.map((pod) => viewOf(pod, now));
  }

  inject(fault: Fault): void {
    scheduleFaults([fault], this.#simulation);
  }

  totals(): RunTotals {
    const isCounted = this.#now >= this.#options.countFrom;
    const replicaSeconds = isCounted ? this.#podSeconds(this.#now) - this.#uncountedSeconds : 0;
    const { ledger } = this.#simulation.dispatcher;
    const { outcomes } = ledger;
    return {
      arrivals: this.#simulation.dispatcher.arrivals,
      injected: ledger.injected,
      completed: outcomes.completed,
      timedOut: outcomes['timed-out'],
      rejected: outcomes.rejected,
      lost: outcomes.lost,
      unfinished: outcomes.unfinished,
      inFlight: ledger.inFlight,
      misses: ledger.misses,
      retries: ledger.retries,
      replicaSeconds,
      scaleChanges: this.#scaleChanges,
      scaledReplicas: this.#scaledReplicas,
      maxReplicas: this.#maxReplicas,
      dollars: isCounted ? this.#simulation.fleet.dollars(this.#now) - this.#uncountedDollars : 0,
    };
  }

  get isOver(): boolean {
    const { arrivals, dispatcher, fleet } = this.#simulation;
    if (arrivals.nextAt !== Number.POSITIVE_INFINITY) return false;
    fleet.settle(this.#now);
    return dispatcher.requests.inFlight === 0;
  }

  finish(): RunStatistics {
    const { dispatcher, fleet } = this.#simulation;
    fleet.settle(this.#now);
    dispatcher.close(this.#now);
    const totals = this.totals();
    return {
      ...totals,
      ttft: quantiles(dispatcher.ledger.ttft),
      tpot: quantiles(dispatcher.ledger.tpot),
      e2e: quantiles(dispatcher.ledger.e2e),
      counted: Math.max(0, this.#now - this.#options.countFrom),
      preemptions: dispatcher.ledger.preemptions,
      meanInputTokens: dispatcher.ledger.inputTokens / totals.injected,
      meanOutputTokens: dispatcher.ledger.outputTokens / totals.injected,
    };
  }

  #podSeconds(now: Seconds): Seconds {
    const { fleet } = this.#simulation;
    fleet.settle(now);
    return fleet.podSeconds(now);
  }
}

function viewOf(pod: Pod, now: Seconds): PodView {
  const { name, phase, startPhase, waitingReason, restarts, pool, node, createdAt, replica } = pod;
  return {
    name,
    phase,
    startPhase,
    waitingReason,
    restarts,
    pool: pool?.name ?? '',
    node: node?.name,
    age: now - createdAt,
    waiting: replica?.waiting ?? 0,
    running: replica?.running ?? 0,
    kvUsage: replica?.kvUsage ?? 0,
  };
}

function quantiles(histogram: LogHistogram): LatencyQuantiles {
  return { p50: histogram.quantile(0.5), p95: histogram.quantile(0.95), p99: histogram.quantile(0.99) };
}
