import type { SignalName } from '../../../src/decision/signal.js';
import type { SloMetric, Workload } from '../../../src/decision/workload.js';
import { PRIORITY, runUntil } from '../../../src/kisim/event-queue.js';
import type { Fault } from '../../../src/kisim/fault.js';
import type { Pod } from '../../../src/kisim/fleet/pod.js';
import { loadReplicaKind, type ReplicaKind } from '../../../src/kisim/replica-kind.js';
import { buildSimulation, type Simulation } from '../../../src/kisim/simulation.js';
import { engineFamilies } from '../../../src/kisim/telemetry/engine-exposition.js';
import { formatFloat, type MetricFamily } from '../../../src/kisim/telemetry/exposition.js';
import { kubeFamilies, podName } from '../../../src/kisim/telemetry/kube-exposition.js';
import { firstScrape, scrapeOffset } from '../../../src/kisim/telemetry/scrape-offset.js';
import { type ScrapeOptions, scrapeOptions } from '../../../src/kisim/telemetry/scrape-options.js';
import { FLEET_RUN_DEFAULTS } from '../../../src/scenarios/create-fleet-run.js';
import { testRunOptions, testTraffic, testWorkload } from '../../kisim/support/runs.js';

/** Unix seconds at which the simulated time is 0. */
export const EPOCH = 1_700_000_010;
export const INTERVAL = 15;
const SEED = 5;
const END = 1500;
const STEP = 1 / 16;

export interface Recording {
  readonly openMetrics: string;
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

/** Every scrape of a fleet as OpenMetrics with timestamps, and the windows that KISim made of them. */
export function record(options: RecordedFleet): Recording {
  const simulation = open(options);
  const { fleet, control, telemetry } = simulation;
  const families = new Families();
  const recorder = new Recorder(simulation, options, families);
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
  return { openMetrics: families.render(), ticks };
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

/** Samples with their timestamps, by family. */
class Families {
  readonly #families = new Map<string, { readonly type: string; readonly lines: string[] }>();

  store(scrape: readonly MetricFamily[], at: number, extra: Readonly<Record<string, string>>): void {
    for (const { name, type, samples } of scrape.filter((one) => one.samples.length > 0)) {
      // OpenMetrics wants counters to end in _total; Triton's do not.
      const isCounter = type === 'counter' && name.endsWith('_total');
      const base = isCounter ? name.replace(/_total$/, '') : name;
      const entry = this.#families.get(base) ?? {
        type: type === 'counter' && !isCounter ? 'unknown' : type,
        lines: [],
      };
      this.#families.set(base, entry);
      for (const { suffix = isCounter ? '_total' : '', labels, value } of samples) {
        const text = Object.entries({ ...labels, ...extra }).map(([key, text]) => `${key}="${text}"`);
        entry.lines.push(`${base}${suffix}{${text.join(',')}} ${formatFloat(value)} ${(EPOCH + at).toFixed(3)}`);
      }
    }
  }

  render(): string {
    const text = [...this.#families].map(([name, { type, lines }]) => `# TYPE ${name} ${type}\n${lines.join('\n')}\n`);
    return `${text.join('')}# EOF\n`;
  }
}

/** Scrapes at the very moments at which KISim's telemetry does, of the texts that its targets would show. */
class Recorder {
  readonly #simulation: Simulation;
  readonly #options: RecordedFleet;
  readonly #families: Families;
  readonly #scrapes: ScrapeOptions;
  readonly #followed = new Set<Pod>();
  readonly #frozen = new Map<Pod, readonly MetricFamily[]>();

  constructor(simulation: Simulation, options: RecordedFleet, families: Families) {
    this.#simulation = simulation;
    this.#options = options;
    this.#families = families;
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
      if (pod.phase === 'gone' || telemetry.isDown || !pod.replica) return;
      const shown = this.#frozen.get(pod) ?? this.#show(pod, at);
      this.#families.store(shown, at, { namespace: 'test', pod: podName('llm', pod) });
    });
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
          if (!telemetry.isDown) this.#families.store(shown, at, {});
        });
        look(Math.max(seenAt, scrapeAt + kubeInterval - kubeDelay), scrapeAt + kubeInterval);
      });
    look(Math.max(0, first - kubeDelay), first);
  }

  #repeat(first: number, interval: number, scrape: (at: number) => void): void {
    this.#simulation.timers.schedule(first, PRIORITY.scrape, (at) => {
      scrape(at);
      this.#repeat(at + interval, interval, scrape);
    });
  }
}
