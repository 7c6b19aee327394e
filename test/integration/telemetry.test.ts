import { expect } from 'chai';
import type { SignalName } from '../../src/decision/signal.js';
import type { SloMetric, Workload } from '../../src/decision/workload.js';
import { PRIORITY, runUntil } from '../../src/kisim/event-queue.js';
import type { Pod } from '../../src/kisim/fleet/pod.js';
import { loadReplicaKind, type ReplicaKind } from '../../src/kisim/replica-kind.js';
import { buildSimulation } from '../../src/kisim/simulation.js';
import { engineFamilies } from '../../src/kisim/telemetry/engine-exposition.js';
import { formatFloat, type MetricFamily } from '../../src/kisim/telemetry/exposition.js';
import { kubeFamilies, podName } from '../../src/kisim/telemetry/kube-exposition.js';
import { firstScrape, scrapeOffset } from '../../src/kisim/telemetry/scrape-offset.js';
import { FLEET_RUN_DEFAULTS } from '../../src/scenarios/create-fleet-run.js';
import { buildQueries } from '../../src/signals/queries.js';
import { testRunOptions, testTraffic, testWorkload } from '../kisim/support/runs.js';
import { canStorePrometheus, StoredPrometheus } from './support/stored-prometheus.js';

const EPOCH = 1_700_000_010;
const INTERVAL = 15;
const SEED = 5;
const END = 1500;
/** Stored timestamps are whole milliseconds: a rate over 15 s is off by up to 1 / 15,000 a sample. */
const ROUNDING = 1e-3;

interface Recording {
  readonly openMetrics: string;
  readonly ticks: readonly { readonly at: number; readonly values: Readonly<Record<string, number>> }[];
}

interface Fleet {
  readonly kind: ReplicaKind;
  readonly workload: Workload;
  /** Requests per second, at its lowest and highest. */
  readonly load: readonly [number, number];
}

function fleetOf(profile: string, load: Fleet['load'], metric: SloMetric): Fleet {
  const kind = loadReplicaKind(profile);
  if (!kind.ok) throw new Error(kind.error);
  const { engine } = kind.value.profile;
  const workload = testWorkload({ engine, profile: kind.value.profile, model: 'm', slo: { metric, limit: 2 } });
  return { kind: kind.value, workload, load };
}

const FLEETS: readonly Fleet[] = [
  fleetOf('demo-small', [3, 12], 'ttft'),
  fleetOf('t4-bert-large-384', [60, 600], 'e2e'),
];

/** Every scrape of a fleet that grows from 2 to 6 to 9, as OpenMetrics with timestamps, and the windows that KISim made of them. */
function record({ kind, workload, load: [low, high] }: Fleet): Recording {
  const { profile, createReplica, latencyBounds } = kind;
  const simulation = buildSimulation(
    {
      ...FLEET_RUN_DEFAULTS,
      ...testRunOptions(SEED, { workload, profile, createReplica, latencyBounds: latencyBounds[workload.slo.metric] }),
      traffic: testTraffic(SEED, { low, high, duration: END }),
    },
    () => {},
  );
  const { fleet, timers, control, telemetry } = simulation;
  const families = new Map<string, { readonly type: string; readonly lines: string[] }>();
  const store = (scrape: readonly MetricFamily[], at: number, extra: Readonly<Record<string, string>>): void => {
    for (const { name, type, samples } of scrape.filter((one) => one.samples.length > 0)) {
      // OpenMetrics wants counters to end in _total; Triton's do not.
      const isCounter = type === 'counter' && name.endsWith('_total');
      const base = isCounter ? name.replace(/_total$/, '') : name;
      const entry = families.get(base) ?? { type: type === 'counter' && !isCounter ? 'unknown' : type, lines: [] };
      families.set(base, entry);
      for (const { suffix = isCounter ? '_total' : '', labels, value } of samples) {
        const text = Object.entries({ ...labels, ...extra }).map(([key, text]) => `${key}="${text}"`);
        entry.lines.push(`${base}${suffix}{${text.join(',')}} ${formatFloat(value)} ${(EPOCH + at).toFixed(3)}`);
      }
    }
  };
  const repeat = (first: number, scrape: (at: number) => void): void =>
    timers.schedule(first, PRIORITY.scrape, (at) => {
      scrape(at);
      repeat(at + INTERVAL, scrape);
    });
  const followed = new Set<Pod>();
  const follow = (pod: Pod): void => {
    followed.add(pod);
    const offset = scrapeOffset(pod.name, INTERVAL, SEED);
    repeat(firstScrape(pod.readyAt, offset, INTERVAL), (at) => {
      fleet.catchUp(pod, at);
      if (pod.replica)
        store(engineFamilies(pod.replica, { modelName: 'm', profile, now: at }), at, {
          namespace: 'test',
          pod: podName('llm', pod),
        });
    });
  };
  const names = { namespace: 'test', deployment: 'llm', scaledObject: 'llm', bounds: workload.bounds, epoch: EPOCH };
  repeat(scrapeOffset('kube-state-metrics', INTERVAL, SEED), (at) =>
    store(kubeFamilies(fleet.spec, fleet.pods, names), at, {}),
  );
  const ticks: Recording['ticks'][number][] = [];
  for (let now = 0; now <= END; now++) {
    control.metricTotal = now < 300 ? 2 : now < 700 ? 6 : 9;
    runUntil(simulation.sources, now);
    for (const pod of fleet.pods) if (pod.phase === 'ready' && !followed.has(pod)) follow(pod);
    if (now < 90 || now % INTERVAL !== 0) continue;
    const { series } = telemetry.window(now);
    const values = Object.fromEntries(Object.entries(series).map(([name, one]) => [name, one.at(-1) as number]));
    ticks.push({ at: EPOCH + now - INTERVAL, values });
  }
  const text = [...families].map(([name, { type, lines }]) => `# TYPE ${name} ${type}\n${lines.join('\n')}\n`);
  return { openMetrics: `${text.join('')}# EOF\n`, ticks };
}

for (const fleet of FLEETS) describeAgreement(fleet);

function describeAgreement(fleet: Fleet): void {
  describe(`telemetry of ${fleet.workload.engine} and a real Prometheus`, function () {
    this.timeout(60_000);
    let prometheus: StoredPrometheus | undefined;
    let recording: Recording;

    before(async function () {
      if (!canStorePrometheus()) {
        process.stderr.write('skipped: prometheus and promtool are not installed\n');
        this.skip();
      }
      recording = record(fleet);
      prometheus = await StoredPrometheus.start(recording.openMetrics);
    });

    after(() => prometheus?.stop());

    const scope = { workload: fleet.workload, deployment: 'llm', interval: INTERVAL };
    const queries = Object.entries(buildQueries(scope)).filter(([name]) => !name.startsWith('gpu'));
    for (const [name, query] of queries as [SignalName, string][]) {
      it(`agree on ${name} at every tick`, async () => {
        const range = { start: recording.ticks[0]?.at ?? 0, end: recording.ticks.at(-1)?.at ?? 0, step: INTERVAL };
        const theirs = await (prometheus as StoredPrometheus).queryRange(query, range);
        const differing = recording.ticks.filter(
          ({ at, values }) => !isClose(values[name] as number, theirs.get(at) ?? Number.NaN),
        );
        // Prometheus 2 and 3 extrapolate a series that begins inside the range differently; KISim follows 3.
        const allowed = name.endsWith('Rate') || name.endsWith('Latency') ? 0.1 * recording.ticks.length : 0;
        expect(
          differing.length,
          JSON.stringify(differing.slice(0, 3).map(({ at }) => [at - EPOCH, theirs.get(at)])),
        ).to.be.at.most(allowed);
      });
    }
  });
}

function isClose(ours: number, theirs: number): boolean {
  if (Number.isNaN(ours) || Number.isNaN(theirs)) return Number.isNaN(ours) && Number.isNaN(theirs);
  return Math.abs(ours - theirs) <= ROUNDING * Math.max(1, Math.abs(theirs));
}
