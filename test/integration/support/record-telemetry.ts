import type { SignalName } from '../../../src/decision/signal.js';
import type { SloMetric, Workload } from '../../../src/decision/workload.js';
import { PRIORITY, runUntil } from '../../../src/kisim/event-queue.js';
import type { Fault } from '../../../src/kisim/fault.js';
import type { Pod } from '../../../src/kisim/fleet/pod.js';
import { BusyShare } from '../../../src/kisim/live/busy-share.js';
import { loadReplicaKind, type ReplicaKind } from '../../../src/kisim/replica-kind.js';
import { buildSimulation, type Simulation } from '../../../src/kisim/simulation.js';
import { dcgmFamilies, gpuState } from '../../../src/kisim/telemetry/dcgm-exposition.js';
import { engineFamilies } from '../../../src/kisim/telemetry/engine-exposition.js';
import type { MetricFamily } from '../../../src/kisim/telemetry/exposition.js';
import { kubeFamilies, podName } from '../../../src/kisim/telemetry/kube-exposition.js';
import { firstScrape, scrapeOffset } from '../../../src/kisim/telemetry/scrape-offset.js';
import { type ScrapeOptions, scrapeOptions } from '../../../src/kisim/telemetry/scrape-options.js';
import { FLEET_RUN_DEFAULTS } from '../../../src/scenarios/create-fleet-run.js';
import type { StoredSample } from '../../fidelity/telemetry/remote-write.js';
import { testRunOptions, testTraffic, testWorkload } from '../../kisim/support/runs.js';

/** Unix seconds at which the simulated time is 0. */
export const EPOCH = 1_700_000_010;
export const INTERVAL = 15;
const SEED = 5;
const END = 1500;
const STEP = 1 / 16;

export interface Recording {
  /** Every sample that a Prometheus would have stored, in order of time, stale markers included. */
  readonly samples: readonly StoredSample[];
  /** What KISim answered at each evaluation time. */
  readonly ticks: readonly { readonly at: number; readonly values: Readonly<Record<SignalName, number>> }[];
}

export interface RecordedFleet {
  readonly kind: ReplicaKind;
  readonly workload: Workload;
  /** Requests per second, at its lowest and highest. */
  readonly load: readonly [number, number];
  readonly scrapes?: Partial<ScrapeOptions>;
  readonly faults?: readonly Fault[];
  /** What the scaler answers; default: 2, from 300 s on 6, from 700 s on 9. */
  readonly wanted?: (now: number) => number;
}

export function fleetOf(profile: string, load: RecordedFleet['load'], metric: SloMetric): RecordedFleet {
  const kind = loadReplicaKind(profile);
  if (!kind.ok) throw new Error(kind.error);
  const { engine } = kind.value.profile;
  const workload = testWorkload({ engine, profile: kind.value.profile, model: 'm', slo: { metric, limit: 2 } });
  return { kind: kind.value, workload, load };
}

/** Every scrape of a fleet, and the windows that KISim made of them. */
export function record(options: RecordedFleet): Recording {
  const simulation = open(options);
  const { fleet, control, telemetry } = simulation;
  const stored = new Stored();
  const recorder = new Recorder(simulation, options, stored);
  const ticks: Recording['ticks'][number][] = [];
  // In steps short enough to meet every pod before its first scrape.
  for (let now = 0; now <= END; now += STEP) {
    control.metricTotal = (options.wanted ?? growing)(now);
    runUntil(simulation.sources, now);
    for (const pod of fleet.pods) if (pod.phase === 'ready') recorder.follow(pod);
    if (now < 90 || now % INTERVAL !== 0) continue;
    const { series } = telemetry.window(now);
    const values = Object.fromEntries(Object.entries(series).map(([name, one]) => [name, one.at(-1) as number]));
    ticks.push({ at: EPOCH + now - INTERVAL, values: values as Record<SignalName, number> });
  }
  return { samples: stored.samples, ticks };
}

function growing(now: number): number {
  return now < 300 ? 2 : now < 700 ? 6 : 9;
}

function open({ kind, workload, load: [low, high], scrapes, faults = [] }: RecordedFleet): Simulation {
  const { profile, createReplica, latencyBounds } = kind;
  return buildSimulation(
    {
      ...FLEET_RUN_DEFAULTS,
      ...testRunOptions(SEED, { workload, profile, createReplica, latencyBounds: latencyBounds[workload.slo.metric] }),
      traffic: testTraffic(SEED, { low, high, duration: END }),
      faults,
      ...(scrapes ? { scrapes } : {}),
    },
    () => {},
  );
}

/** What Prometheus stores of scrapes: every sample, and a stale marker for what was there the last time and is gone. */
class Stored {
  readonly samples: StoredSample[] = [];
  readonly #last = new Map<string, Map<string, StoredSample['labels']>>();

  scrape(target: string, families: readonly MetricFamily[], at: number, extra: Readonly<Record<string, string>>): void {
    const present = new Map<string, StoredSample['labels']>();
    for (const { name, samples } of families) {
      for (const { suffix = '', labels, value } of samples) {
        const all = { __name__: `${name}${suffix}`, ...labels, ...extra };
        present.set(JSON.stringify(all), all);
        this.samples.push({ labels: all, value, at: EPOCH + at });
      }
    }
    for (const [key, labels] of this.#last.get(target) ?? [])
      if (!present.has(key)) this.samples.push({ labels, value: 'stale', at: EPOCH + at });
    this.#last.set(target, present);
  }

  /** A Prometheus that was gone no longer knows what it scraped last: nothing is marked. */
  forget(): void {
    this.#last.clear();
  }
}

/** Scrapes at the very moments at which KISim's telemetry does, of the texts that its targets would show. */
class Recorder {
  readonly #simulation: Simulation;
  readonly #options: RecordedFleet;
  readonly #stored: Stored;
  readonly #busy = new BusyShare();
  readonly #scrapes: ScrapeOptions;
  readonly #followed = new Set<Pod>();
  readonly #frozen = new Map<Pod, readonly MetricFamily[]>();

  constructor(simulation: Simulation, options: RecordedFleet, stored: Stored) {
    this.#simulation = simulation;
    this.#options = options;
    this.#stored = stored;
    this.#scrapes = scrapeOptions(options.scrapes ?? {}, INTERVAL);
    this.#followKube();
    for (const fault of options.faults ?? []) {
      if (fault.kind !== 'metrics-stale') continue;
      simulation.timers.schedule(fault.at, PRIORITY.fault, (at) => this.#freeze(at));
      simulation.timers.schedule(fault.until ?? END, PRIORITY.fault, () => this.#frozen.clear());
    }
  }

  follow(pod: Pod): void {
    if (this.#followed.has(pod)) return;
    this.#followed.add(pod);
    const { fleet, telemetry } = this.#simulation;
    const { scrapeInterval } = this.#scrapes;
    const offset = scrapeOffset(pod.name, scrapeInterval, SEED);
    this.#repeat(firstScrape(pod.readyAt, offset, scrapeInterval), scrapeInterval, (at) => {
      fleet.catchUp(pod, at);
      if (telemetry.isDown) this.#stored.forget();
      else this.#scrape(pod, at);
      return pod.phase !== 'gone';
    });
  }

  #scrape(pod: Pod, at: number): void {
    const { profile } = this.#options.kind;
    const name = podName('llm', pod);
    const replica = pod.phase === 'gone' ? undefined : pod.replica;
    const shown = replica ? (this.#frozen.get(pod) ?? this.#show(pod, at)) : [];
    const gpus = replica ? [gpuState(name, replica, { profile, busyShare: this.#busy.since(pod, at) })] : [];
    this.#stored.scrape(name, shown, at, { namespace: 'test', pod: name });
    this.#stored.scrape(`dcgm/${name}`, dcgmFamilies(gpus, { profile, namespace: 'test' }), at, {});
  }

  #show(pod: Pod, now: number): readonly MetricFamily[] {
    if (!pod.replica) return [];
    return engineFamilies(pod.replica, { modelName: 'm', profile: this.#options.kind.profile, now });
  }

  #freeze(now: number): void {
    for (const pod of this.#followed) {
      this.#simulation.fleet.catchUp(pod, now);
      if (pod.replica) this.#frozen.set(pod, this.#show(pod, now));
    }
  }

  #followKube(): void {
    const { fleet, telemetry, timers } = this.#simulation;
    const { kubeInterval, kubeDelay } = this.#scrapes;
    const { bounds } = this.#options.workload;
    const names = { namespace: 'test', deployment: 'llm', scaledObject: 'llm', bounds, epoch: EPOCH };
    const first = scrapeOffset('kube-state-metrics', kubeInterval, SEED);
    const look = (seenAt: number, scrapeAt: number): void =>
      timers.schedule(seenAt, PRIORITY.scrape, () => {
        const shown = kubeFamilies(fleet.spec, fleet.pods, names);
        timers.schedule(scrapeAt, PRIORITY.scrape, (at) => {
          if (telemetry.isDown) this.#stored.forget();
          else this.#stored.scrape('kube-state-metrics', shown, at, {});
        });
        look(Math.max(seenAt, scrapeAt + kubeInterval - kubeDelay), scrapeAt + kubeInterval);
      });
    look(Math.max(0, first - kubeDelay), first);
  }

  /** Until `scrape` says no. */
  #repeat(first: number, interval: number, scrape: (at: number) => boolean): void {
    this.#simulation.timers.schedule(first, PRIORITY.scrape, (at) => {
      if (scrape(at)) this.#repeat(at + interval, interval, scrape);
    });
  }
}

/** An outage in which the fleet shrinks: nobody is there to see its pods go. */
export const OUTAGE = { kind: 'metrics-stop', at: 600, until: 800 } as const;

const VLLM = fleetOf('demo-small', [3, 12], 'ttft');
const CRASHES: readonly Fault[] = [
  { kind: 'pod-crash', at: 803, pods: 1 },
  { kind: 'pod-crash', at: 1010, pods: 1 },
];
const upAndDown = (now: number): number => (now < 300 ? 2 : now < 500 ? 6 : now < 1100 ? 9 : 3);

/** Fleets of both engines, and habits of a Prometheus. */
export const RECORDED_FLEETS: readonly [string, RecordedFleet][] = [
  ['telemetry of vllm', VLLM],
  ['telemetry of triton', fleetOf('t4-bert-large-384', [60, 600], 'e2e')],
  ['telemetry through restarts, and pods that vanish', { ...VLLM, faults: CRASHES, wanted: upAndDown }],
  ['telemetry scraped every 5 s', { ...VLLM, scrapes: { scrapeInterval: 5 } }],
  ['telemetry scraped every 30 s', { ...VLLM, scrapes: { scrapeInterval: 30 } }],
  ['telemetry with kube-state-metrics 40 s behind', { ...VLLM, scrapes: { kubeDelay: 40, kubeInterval: 30 } }],
  ['telemetry of frozen exporters', { ...VLLM, faults: [{ kind: 'metrics-stale', at: 500, until: 700, share: 1 }] }],
  ['telemetry around an outage', { ...VLLM, faults: [OUTAGE], wanted: (now) => (now >= 300 && now < 560 ? 6 : 2) }],
];
