import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { DEFAULT_GRID } from '../../../src/decision/window.js';
import { loadReplicaKind, type ReplicaKind } from '../../../src/kisim/replica-kind.js';
import { delayTraffic } from '../../../src/kisim/traffic/splice-traffic.js';
import { createPlanner } from '../../../src/policies/planner.js';
import { checkScenario } from '../../../src/scenarios/read-scenario.js';
import { fleetOfScenario, runScenario } from '../../../src/scenarios/run-scenario.js';
import type { Scenario } from '../../../src/scenarios/scenario.js';
import { CHAT_KEYS, CHAT_PODS, DRAIN_GRACE, PHASES, startChat } from '../support/chat-fleet.js';
import { Kiscaler } from '../support/kiscaler.js';
import { externalTrigger, POLL, RECOMMENDED } from '../support/objects.js';
import { ReplicaSeries } from '../support/replica-series.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';

const DURATION = 1200;
/** Nothing counts before it: both fleets begin with one replica and no history. */
const WARMUP = 120;
const TICK = DEFAULT_GRID.interval;
const KEYS = { ...CHAT_KEYS, coldStart: '8s' };
const MAX = 8;

/** Waves and three surges, by the clock of the traffic. */
const TRAFFIC = {
  pattern: 'periodic',
  low: 2,
  high: 7,
  surges: [
    { at: 300, duration: 90, times: 2 },
    { at: 640, duration: 60, times: 2.5 },
    { at: 930, duration: 120, times: 1.8 },
  ],
};

/** What one of the two did, per tick: the count decided and spec.replicas at its end; over all, from the warm-up on. */
interface Outcome {
  readonly decided: readonly (number | undefined)[];
  readonly replicas: readonly number[];
  readonly requests: number;
  readonly misses: number;
}

function openScenario({ bed }: Scene): { readonly scenario: Scenario; readonly kind: ReplicaKind } {
  const scenario = checkScenario({
    version: 1,
    name: 'chain',
    profile: KEYS.profile,
    replicas: { min: 1, max: MAX, initial: 1 },
    slo: { metric: 'ttft', limit: 2 },
    traffic: TRAFFIC,
    duration: DURATION,
    warmup: WARMUP,
    clientTimeout: 60,
    policy: 'planner',
    fleet: { coldStart: { phases: PHASES }, drain: { grace: DRAIN_GRACE }, gatewayCapacity: 10_000 },
    control: { pollingInterval: POLL, hpaSync: bed.hpaSync },
    telemetry: { scrapeInterval: 2 },
  });
  const kind = loadReplicaKind(KEYS.profile);
  if (!scenario.ok) throw new Error(scenario.error);
  if (!kind.ok) throw new Error(kind.error);
  return { scenario: scenario.value, kind: kind.value };
}

async function simulated(setup: ReturnType<typeof openScenario>, seed: number): Promise<Outcome> {
  const decided: (number | undefined)[] = [];
  const replicas: number[] = [];
  const { statistics } = await runScenario({
    ...setup,
    seed,
    policy: createPlanner(),
    onTick: ({ answer, tick }, run) => {
      if (tick > DURATION) return;
      decided.push(answer.metricTotal);
      replicas.push(run.pods().filter(({ phase }) => phase !== 'draining' && phase !== 'gone').length);
    },
  });
  return { decided, replicas, requests: statistics.injected, misses: statistics.misses };
}

async function real(scene: Scene, setup: ReturnType<typeof openScenario>, seed: number): Promise<Outcome> {
  const { namespace, kube } = scene;
  // The trace begins at a tick, when a first pod serves and decisions are made.
  const created = Date.now() / 1000;
  const start = TICK * Math.ceil((created + 75) / TICK);
  const { traffic } = fleetOfScenario({ ...setup, seed }).run;
  const fleet = await startChat(scene, delayTraffic(traffic, start - created));
  const series = new ReplicaSeries(kube, `/apis/apps/v1/namespaces/${namespace}/deployments`);
  scene.after(() => series.stop());
  const kiscaler = await Kiscaler.open(scene, { tick: TICK, windowTicks: DEFAULT_GRID.ticks });
  const triggers = [externalTrigger(kiscaler.address, KEYS)];
  await scene.scale({ name: 'chat', triggers, behavior: RECOMMENDED, spec: { maxReplicaCount: MAX } }, CHAT_PODS);
  await scene.until('a pod serves', 180, async () => fleet.readyReplicas >= 1);
  const decided = new Map<number, number>();
  let before = { injected: 0, misses: 0 };
  while (Date.now() / 1000 < start + DURATION + 1) {
    const decision = await kiscaler.decision(namespace, 'chat', KEYS);
    if (decision) decided.set(Math.round((decision.tick - start) / TICK), decision.value);
    if (Date.now() / 1000 < start + WARMUP) before = { injected: fleet.ledger.injected, misses: fleet.ledger.misses };
    await wait(1000);
  }
  await wait(1000 * setup.scenario.slo.limit);
  const { injected, misses } = fleet.ledger;
  const ticks = Array.from({ length: DURATION / TICK }, (_, i) => i + 1);
  return {
    decided: ticks.map((tick) => decided.get(tick)),
    replicas: ticks.map((tick) => series.before('chat', start + TICK * tick + 0.5)?.spec ?? Number.NaN),
    requests: injected - before.injected,
    misses: misses - before.misses,
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const counted = <T>(values: readonly T[]): readonly T[] => values.slice(WARMUP / TICK);

describe('the whole chain and its model', () => {
  story(
    'the same trace through the real chain and through KISim, the same policy',
    async (scene) => {
      const setup = openScenario(scene);
      const seed = 7;
      const ours = await simulated(setup, seed);
      const theirs = await real(scene, setup, seed);
      const rows = ours.decided.map((value, i) =>
        [TICK * (i + 1), value, theirs.decided[i], ours.replicas[i], theirs.replicas[i]].join(','),
      );
      writeFileSync(
        join(scene.bed.folder, 'chain.csv'),
        `${['time_s,decided_model,decided_real,replicas_model,replicas_real', ...rows].join('\n')}\n`,
      );
      const both = counted(ours.decided.map((value, i) => [value, theirs.decided[i]] as const));
      const equal = both.filter(([a, b]) => a === b).length;
      const near = both.filter(([a = Number.NaN, b = Number.NaN]) => Math.abs(a - b) <= 1).length;
      const [model, reality] = [mean(counted(ours.replicas)), mean(counted(theirs.replicas))];
      const [missedModel, missedReal] = [ours.misses / ours.requests, theirs.misses / theirs.requests];
      scene.note(`${theirs.requests} requests (${ours.requests} in the model)`);
      scene.note(`mean replicas ${reality.toFixed(3)} and ${model.toFixed(3)} in the model`);
      scene.note(`misses ${(100 * missedReal).toFixed(2)} % and ${(100 * missedModel).toFixed(2)} % in the model`);
      scene.note(`${equal} of ${both.length} decisions equal, ${near} within one`);
      expect(reality / model, 'mean replicas').to.be.within(0.95, 1.05);
      expect(Math.abs(missedReal - missedModel), 'share of misses').to.be.at.most(0.01);
    },
    { needsOwnBed: true, isFull: true },
  );
});
