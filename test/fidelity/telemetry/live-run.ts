import { setTimeout as wait } from 'node:timers/promises';
import { createSystemClock } from '../../../src/base/clock.js';
import type { SignalName } from '../../../src/decision/signal.js';
import { createLiveFleet, type LiveFleet } from '../../../src/kisim/live/live-fleet.js';
import { startLiveServer } from '../../../src/kisim/live/live-server.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import { FLEET_RUN_DEFAULTS } from '../../../src/scenarios/create-fleet-run.js';
import { PrometheusClient } from '../../../src/signals/prometheus-client.js';
import { buildQueries } from '../../../src/signals/queries.js';
import { RealPrometheus } from '../../integration/support/prometheus.js';
import { testRunOptions, testTraffic, testWorkload } from '../../kisim/support/runs.js';
import { compareSamples, type SignalComparison, type SignalSample } from './compare-signals.js';

/** Everything in real time on a grid of two seconds: minutes show what quarters of an hour show at 15 s. */
const INTERVAL = 2;
const NAMESPACE = 'test';
const DEPLOYMENT = 'llm';
/** Pods that the run ever makes. */
const PODS = 4;
/** A rate's samples are dated by Prometheus when a scrape begins, by KISim when it is answered: milliseconds of two seconds. */
const ROUNDING = 0.01;
/**
 * What one scrape's jitter of some milliseconds may change besides: a request or two that has just come or gone, an engine step's
 * KV blocks, the tokens of a step and of a prompt, a share of two seconds; ages by a late scrape.
 */
const SLACK: Readonly<Partial<Record<SignalName, number>>> = {
  queueDepth: 2,
  runningRequests: 2,
  completionRate: 2 / (2 * INTERVAL),
  finishedRate: 2 / (4 * INTERVAL),
  promptTokenRate: 600 / (4 * INTERVAL),
  // A step of 16 sequences on each of 4 pods, at either end of the range.
  generationTokenRate: (2 * 16 * 4) / (4 * INTERVAL),
  kvUsage: 0.02,
  gpuUtilization: 0.05,
  sampleAge: 0.1 * INTERVAL,
};

/** What happens in the run, by second: counters start again in a restarted pod, series vanish with a removed one. */
const EVENTS: readonly (readonly [number, (fleet: LiveFleet) => void])[] = [
  [24, (fleet) => fleet.scaleTo(4)],
  [50, (fleet) => fleet.crash(fleet.servingPods()[0] ?? '')],
  [70, (fleet) => fleet.scaleTo(2)],
];

export interface LiveComparison {
  readonly ticks: number;
  readonly signals: Readonly<Partial<Record<SignalName, SignalComparison>>>;
  /** Pods that were there, and containers that restarted. */
  readonly pods: number;
  readonly restarts: number;
}

/**
 * A live fleet of KISim, scraped by a real Prometheus for `seconds`; then every preset query at every tick beside the window that
 * KISim handed out at that tick of the same run.
 */
export async function runLive(seconds: number): Promise<LiveComparison> {
  const fleet = openFleet(seconds);
  const server = await startLiveServer(fleet);
  const names = Array.from({ length: PODS }, (_, ordinal) => `${DEPLOYMENT}-kisim-${ordinal}`);
  const prometheus = await RealPrometheus.start(server.port, `${INTERVAL}s`, names);
  try {
    const { ticks, pods, restarts } = await watch(fleet, seconds);
    const client = new PrometheusClient({ baseUrl: prometheus.url, clock: createSystemClock() });
    const scope = { workload: fleet.workload, deployment: DEPLOYMENT, interval: INTERVAL };
    const signals: Partial<Record<SignalName, SignalComparison>> = {};
    for (const [name, query] of Object.entries(buildQueries(scope)) as [SignalName, string][]) {
      const samples: SignalSample[] = [];
      for (let i = 1; i < ticks.length - 1; i++) {
        const theirs = await ask(client, query, (ticks[i] as Tick).evaluatedAt);
        const around = [i - 1, i, i + 1].map((k) => (ticks[k] as Tick).values[name]);
        samples.push({ theirs, ours: around[1] as number, around });
      }
      signals[name] = compareSamples(samples, ROUNDING, SLACK[name] ?? 0);
    }
    return { ticks: ticks.length - 2, signals, pods, restarts };
  } finally {
    await prometheus.stop();
    prometheus.remove();
    await server.close();
  }
}

interface Tick {
  /** Unix seconds. */
  readonly evaluatedAt: number;
  readonly values: Readonly<Record<SignalName, number>>;
}

interface Watched {
  readonly ticks: readonly Tick[];
  readonly pods: number;
  readonly restarts: number;
}

/** Lets the run happen, and keeps the newest column of every tick's window. */
async function watch(fleet: LiveFleet, seconds: number): Promise<Watched> {
  const epoch = Date.now() / 1000 - fleet.advance();
  const ticks: Tick[] = [];
  const pods = new Set<string>();
  const events = [...EVENTS];
  let restarts = 0;
  for (let tick = INTERVAL; tick <= seconds; tick += INTERVAL) {
    await wait(Math.max(0, (epoch + tick - Date.now() / 1000) * 1000 + 50));
    while (events[0] && events[0][0] <= tick) events.shift()?.[1](fleet);
    for (const pod of fleet.servingPods()) pods.add(pod);
    restarts = Math.max(restarts, restartsOf(fleet));
    const { series } = fleet.window(tick);
    const values = Object.fromEntries(Object.entries(series).map(([name, one]) => [name, one.at(-1) as number]));
    // The first scrapes are still to come, and the first ranges to fill.
    if (tick >= 6 * INTERVAL) ticks.push({ evaluatedAt: epoch + tick - INTERVAL, values: values as Tick['values'] });
  }
  await wait(500);
  return { ticks, pods: pods.size, restarts };
}

function restartsOf(fleet: LiveFleet): number {
  const family = fleet.kubeFamilies().find(({ name }) => name === 'kube_pod_container_status_restarts_total');
  return family?.samples.reduce((total, { value }) => total + value, 0) ?? 0;
}

async function ask(client: PrometheusClient, query: string, at: number): Promise<number> {
  const result = await client.queryInstant(query, at);
  if (!result.ok) throw new Error(result.error);
  return result.value.samples[0]?.value ?? Number.NaN;
}

function openFleet(seconds: number): LiveFleet {
  const kind = loadReplicaKind('demo-small');
  if (!kind.ok) throw new Error(kind.error);
  const { profile, createReplica, latencyBounds } = kind.value;
  const options = testRunOptions(1, {
    workload: testWorkload({ profile, namespace: NAMESPACE, name: DEPLOYMENT, model: 'm' }),
    profile,
    createReplica,
    latencyBounds: latencyBounds.ttft,
    traffic: testTraffic(1, { low: 3, high: 9, duration: seconds + 60 }),
    initialReplicas: 2,
    coldStart: { median: 6, sigma: 0.1 },
    drainGrace: 3,
    grid: { interval: INTERVAL, ticks: 16, lag: INTERVAL },
  });
  return createLiveFleet({
    simulation: { ...FLEET_RUN_DEFAULTS, ...options },
    clock: createSystemClock(),
    deployment: DEPLOYMENT,
    modelName: 'm',
  });
}
