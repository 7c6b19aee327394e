import type { Dollars, Ratio, Replicas, Requests } from '../base/units.js';
import { latenciesOf, type RequestRecord } from '../kisim/replica/request.js';
import type { TickListener, TickRecord } from '../scenarios/drive.js';
import type { PodView, RunTotals } from '../scenarios/fleet-run.js';

/** Latencies of the requests that ended within a tick, ascending seconds; a request that never came that far is left out. */
export interface TickLatencies {
  readonly ttft: Float64Array;
  readonly tpot: Float64Array;
  readonly latency: Float64Array;
}

/** What was true of a fleet at a tick, and what happened since the one before. */
export interface TickSample extends TickRecord {
  readonly arrivals: Requests;
  readonly ended: Requests;
  /** Of the requests that are counted: those that arrived, and those that became misses. */
  readonly injected: Requests;
  readonly misses: Requests;
  readonly latencies: TickLatencies;
  /** Requests that wait, at replicas or at the gateway, and that are served. */
  readonly waiting: Requests;
  readonly running: Requests;
  /** Mean and largest KV use over ready and draining replicas; NaN without any. */
  readonly kvMean: Ratio;
  readonly kvMax: Ratio;
  /** Pods by phase; phases without pods are left out. */
  readonly phases: ReadonlyMap<ShownPhase, Replicas>;
  /** Since counting began. */
  readonly dollars: Dollars;
}

/** Phases of a pod, in the order of its life; a starting pod is in a phase of its start, or waits for a reason. */
export const POD_PHASES = [
  'ready',
  'warmup',
  'engine',
  'weights',
  'image',
  'node',
  'schedule',
  'unschedulable',
  'restarting',
  'node-lost',
  'draining',
] as const;

export type ShownPhase = (typeof POD_PHASES)[number];

const REASONS = { Unschedulable: 'unschedulable', CrashLoopBackOff: 'restarting', NodeLost: 'node-lost' } as const;

const SERVING = new Set<string>(['ready', 'draining']);

/** Turns a run's requests and ticks into samples; keeps one tick's requests, whatever the length of the run. */
export class TickSampler {
  #ttft: number[] = [];
  #tpot: number[] = [];
  #latency: number[] = [];
  #before: Pick<RunTotals, 'arrivals' | 'injected' | 'misses'> = { arrivals: 0, injected: 0, misses: 0 };
  #inFlight: Requests = 0;

  readonly onRequest = (record: RequestRecord): void => {
    const { ttft, tpot, latency } = latenciesOf(record);
    if (!Number.isNaN(ttft)) this.#ttft.push(ttft);
    if (!Number.isNaN(tpot)) this.#tpot.push(tpot);
    if (!Number.isNaN(latency)) this.#latency.push(latency);
  };

  sample(record: TickRecord, run: Parameters<TickListener>[1]): TickSample {
    const pods = run.pods();
    const totals = run.totals();
    const before = this.#before;
    const waiting = run.held + sum(pods, (pod) => pod.waiting);
    const running = sum(pods, (pod) => pod.running);
    const ended = totals.arrivals - before.arrivals - (waiting + running - this.#inFlight);
    this.#before = totals;
    this.#inFlight = waiting + running;
    return {
      ...record,
      arrivals: totals.arrivals - before.arrivals,
      injected: totals.injected - before.injected,
      ended,
      misses: totals.misses - before.misses,
      latencies: this.#takeLatencies(),
      waiting,
      running,
      ...kvUse(pods),
      phases: countPhases(pods),
      dollars: totals.dollars,
    };
  }

  #takeLatencies(): TickLatencies {
    const taken = { ttft: ascending(this.#ttft), tpot: ascending(this.#tpot), latency: ascending(this.#latency) };
    this.#ttft = [];
    this.#tpot = [];
    this.#latency = [];
    return taken;
  }
}

function ascending(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

function sum(pods: readonly PodView[], of: (pod: PodView) => number): number {
  return pods.reduce((total, pod) => total + of(pod), 0);
}

function kvUse(pods: readonly PodView[]): Pick<TickSample, 'kvMean' | 'kvMax'> {
  const serving = pods.filter(({ phase }) => SERVING.has(phase));
  if (serving.length === 0) return { kvMean: Number.NaN, kvMax: Number.NaN };
  const uses = serving.map(({ kvUsage }) => kvUsage);
  return { kvMean: uses.reduce((total, use) => total + use, 0) / uses.length, kvMax: Math.max(...uses) };
}

function countPhases(pods: readonly PodView[]): ReadonlyMap<ShownPhase, Replicas> {
  const counts = new Map<ShownPhase, Replicas>();
  for (const pod of pods) {
    const phase = phaseOf(pod);
    if (phase !== undefined) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  return counts;
}

function phaseOf({ phase, startPhase, waitingReason }: PodView): ShownPhase | undefined {
  switch (phase) {
    case 'starting':
      // While its node is on the way a pod is unschedulable too.
      if (startPhase === 'node' || !waitingReason) return startPhase ?? 'engine';
      return REASONS[waitingReason];
    case 'gone':
      return undefined;
    default:
      return phase;
  }
}
