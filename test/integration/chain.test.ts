import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type HpaBehavior, RECOMMENDED_BEHAVIOR } from '../../src/autoscaling/behavior.js';
import { createSystemClock } from '../../src/base/clock.js';
import { createRng } from '../../src/base/rng.js';
import { KedaClient } from '../../src/cli/demo/keda-client.js';
import { runKedaLoop } from '../../src/cli/demo/keda-loop.js';
import { tickAt } from '../../src/decision/window.js';
import type { Workload } from '../../src/decision/workload.js';
import { createLiveFleet, type LiveFleet } from '../../src/kisim/live/live-fleet.js';
import { type LiveServer, startLiveServer } from '../../src/kisim/live/live-server.js';
import { loadReplicaKind } from '../../src/kisim/replica-kind.js';
import { readAzureTrace } from '../../src/kisim/traffic/azure-trace.js';
import { linesOfFile } from '../../src/kisim/traffic/lines.js';
import { readRateTrace } from '../../src/kisim/traffic/rate-trace.js';
import { createRateTraffic } from '../../src/kisim/traffic/rate-traffic.js';
import { conversationLengths } from '../../src/kisim/traffic/token-lengths.js';
import type { Traffic } from '../../src/kisim/traffic/traffic.js';
import { FLEET_RUN_DEFAULTS } from '../../src/scenarios/create-fleet-run.js';
import { PrometheusClient } from '../../src/signals/prometheus-client.js';
import { PrometheusSource } from '../../src/signals/prometheus-source.js';
import { testWorkload } from '../kisim/support/runs.js';
import { DATA, WITHOUT_DATA } from '../support/data.js';
import { prometheusVersion, RealPrometheus } from './support/prometheus.js';
import { ScalerProcess } from './support/scaler-process.js';

/** Everything runs in real time on a grid of two seconds, so that minutes show what quarters of an hour show at 15 s. */
const TICK = 2;
const BOUNDS = { minReplicas: 1, maxReplicas: 8 };
const BEHAVIOR: HpaBehavior = {
  ...RECOMMENDED_BEHAVIOR,
  scaleDown: { ...RECOMMENDED_BEHAVIOR.scaleDown, stabilizationWindow: 8 * TICK },
};
const METADATA = {
  engine: 'vllm',
  slo: '2s',
  model: 'chat',
  target: 'chat',
  profile: 'demo-small',
  coldStart: '10s',
  maxReplicas: String(BOUNDS.maxReplicas),
};

const version = prometheusVersion();
const kind = loadReplicaKind('demo-small');
if (!kind.ok) throw new Error(kind.error);
const { profile, createReplica, latencyBounds } = kind.value;

/** One second of the chain as it was seen. */
interface Seen {
  readonly at: number;
  readonly spec: number;
  readonly answer: number | undefined;
}

describe(`the chain on real parts${version ? `, Prometheus ${version}` : ' (skipped: no prometheus in PATH; make tools builds one)'}`, function () {
  this.timeout(600_000);
  // Real time on a shared machine: a starved second may spoil a run once, not twice.
  this.retries(1);
  if (!version) {
    it('is not run here');
    return;
  }
  let fleet: LiveFleet;
  let server: LiveServer;
  let prometheus: RealPrometheus;
  let scalers: readonly ScalerProcess[];
  let clients: readonly KedaClient[];
  let ending: AbortController;
  let loop: Promise<void>;

  /** Starts a live fleet, a Prometheus that scrapes it, two scalers that read it and a KEDA that asks the first. */
  async function start(traffic: Traffic): Promise<void> {
    const clock = createSystemClock();
    const workload = { ...testWorkload({ profile, namespace: 'team-a', name: 'chat', bounds: BOUNDS }), model: 'chat' };
    fleet = createLiveFleet({
      clock,
      deployment: 'chat',
      modelName: 'chat',
      simulation: {
        ...FLEET_RUN_DEFAULTS,
        workload,
        profile,
        traffic,
        seed: 1,
        createReplica,
        latencyBounds: latencyBounds.ttft,
        initialReplicas: 2,
        coldStart: { median: 10, sigma: 0.1 },
        control: { behavior: BEHAVIOR, pollingInterval: 15, cooldownPeriod: 0 },
        clientTimeout: 30,
        drainGrace: 5,
      },
    });
    server = await startLiveServer(fleet);
    prometheus = await RealPrometheus.start(server.port, `${TICK}s`);
    scalers = await Promise.all([0, 1].map(() => ScalerProcess.start(prometheus.url, `${TICK}s`)));
    clients = scalers.map(({ grpcPort }) => {
      const address = `127.0.0.1:${grpcPort}`;
      return new KedaClient(address, {
        name: 'chat',
        namespace: 'team-a',
        scalerMetadata: { ...METADATA, scalerAddress: address },
      });
    });
    ending = new AbortController();
    const scalable = {
      get specReplicas() {
        return fleet.spec;
      },
      get statusReplicas() {
        return fleet.spec;
      },
      scaleTo: (replicas: number) => fleet.scaleTo(replicas),
    };
    loop = runKedaLoop(
      () => (clients[0] as KedaClient).read(),
      scalable,
      { bounds: BOUNDS, clock, behavior: BEHAVIOR, period: TICK },
      ending.signal,
    );
  }

  afterEach(async () => {
    ending.abort();
    await loop;
    for (const client of clients) client.close();
    const codes = await Promise.all(scalers.map((scaler) => scaler.stop()));
    prometheus.remove();
    await server.close();
    expect(codes, 'both scalers drain and end well').to.deep.equal([0, 0]);
  });

  /** Watches for so many seconds, once a second. */
  async function watch(seconds: number, from: number): Promise<Seen[]> {
    const seen: Seen[] = [];
    for (let i = 0; i < seconds; i++) {
      const [answer] = await Promise.all([(clients[0] as KedaClient).read(), wait(1000)]);
      seen.push({ at: from + i, spec: fleet.spec, answer: answer.metricTotal });
    }
    return seen;
  }

  it('grows with a surge, shrinks after it, holds without Prometheus and recovers', async () => {
    const path = readRateTrace(linesOfFile(fileURLToPath(new URL('./fixtures/surge.csv', import.meta.url))));
    const lengths = conversationLengths(profile.meanInputTokens, profile.meanOutputTokens);
    await start(createRateTraffic({ path, lengths }, createRng(1).stream('traffic')));

    const surge = await watch(80, 0);
    // The plan remembers a window of 32 ticks, 64 s on this grid; the HPA 16 s on top.
    const after = await watch(120, 80);
    const answered = [...surge, ...after].filter(({ answer }) => answer !== undefined);
    expect(answered.length, 'seconds with an answer').to.be.above(100);
    for (const { answer, spec } of answered) {
      expect(answer).to.satisfy(
        (value: number) => Number.isInteger(value) && value >= 1 && value <= BOUNDS.maxReplicas,
      );
      expect(spec).to.be.within(BOUNDS.minReplicas, BOUNDS.maxReplicas);
    }
    const peak = Math.max(...answered.map(({ spec }) => spec));
    expect(peak, '10 requests/s need at least four replicas').to.be.at.least(4);
    expect(fleet.spec, 'the surge is over').to.be.below(peak);

    for (let i = 0; i < 5; i++) {
      // In the middle of a tick, when both have decided it.
      await wait((TICK - ((Date.now() / 1000 + TICK / 2) % TICK)) * 1000);
      const readings = await Promise.all(clients.map((client) => client.read()));
      expect(readings[1], 'two processes give one answer').to.deep.equal(readings[0]);
    }

    const before = fleet.spec;
    await prometheus.stop();
    const blind = await watch(34, 205);
    for (const { spec } of blind) expect(spec, 'never down while nothing is known').to.be.at.least(before);
    expect(blind.at(-1)?.answer, 'in the end an error, not a number').to.equal(undefined);
    expect(new Set(blind.slice(-5).map(({ spec }) => spec)).size, 'and the HPA holds').to.equal(1);

    await prometheus.resume();
    const recovered = await watch(20, 239);
    expect(
      recovered.slice(-5).every(({ answer }) => answer !== undefined),
      'answers are back',
    ).to.equal(true);
    keepSeries([...surge, ...after, ...blind, ...recovered]);
  });

  it('fills by range queries the window that it follows by instant queries', async () => {
    const path = readRateTrace(linesOfFile(fileURLToPath(new URL('./fixtures/surge.csv', import.meta.url))));
    const lengths = conversationLengths(profile.meanInputTokens, profile.meanOutputTokens);
    await start(createRateTraffic({ path, lengths }, createRng(2).stream('traffic')));
    // Three scrapes of lag: on a starved machine a scrape may take longer than the one that suffices elsewhere.
    const grid = { interval: TICK, ticks: 32, lag: 3 * TICK };
    const clock = createSystemClock();
    const open = (): PrometheusSource =>
      new PrometheusSource({
        clients: new Map([['default', new PrometheusClient({ baseUrl: prometheus.url, clock })]]),
        grid,
      });
    const workload: Workload = {
      ...testWorkload({ profile, namespace: 'team-a', name: 'chat', bounds: BOUNDS }),
      model: 'chat',
      target: { kind: 'Deployment', name: 'chat' },
    };
    const followed = open();
    await wait(6000);
    for (let i = 0; i < 20; i++) {
      const tick = tickAt(clock.now(), TICK);
      const read = await followed.read(workload, tick);
      if (i % 5 === 4) {
        const filled = await open().read(workload, tick);
        expect(read.ok && filled.ok, 'both could be read').to.equal(true);
        expect(read).to.deep.equal(filled);
      }
      await wait((tick + TICK + 0.5 - clock.now()) * 1000);
    }
  });

  const azure = DATA ? join(DATA, 'azure_llm2023', 'AzureLLMInferenceTrace_conv.csv') : undefined;

  it(`follows two minutes of the Azure conversation trace${WITHOUT_DATA}`, async function () {
    if (!azure) {
      this.skip();
      return;
    }
    await start(readAzureTrace(linesOfFile(azure)).open());
    const seen = await watch(110, 0);
    const late = seen.slice(20);
    expect(
      late.filter(({ answer }) => answer === undefined),
      'refusals once samples are there',
    ).to.deep.equal([]);
    expect(Math.max(...late.map(({ spec }) => spec)), '5.5 requests/s of long prompts need more than two').to.be.above(
      2,
    );
  });
});

/** The replica series for people who want to see it. */
function keepSeries(seen: readonly Seen[]): void {
  const folder = fileURLToPath(new URL('../../out/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const rows = seen.map(({ at, spec, answer }) => `${at},${spec},${answer ?? ''}`);
  writeFileSync(
    join(folder, `chain-prometheus-${version}.csv`),
    `${['time_s,spec_replicas,answer', ...rows].join('\n')}\n`,
  );
}
