import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { loadLearned } from '../../../src/cli/learned.js';
import { DEFAULT_GRID } from '../../../src/decision/window.js';
import { delayTraffic } from '../../../src/kisim/traffic/splice-traffic.js';
import type { Policy } from '../../../src/policies/policy.js';
import { createStatic } from '../../../src/policies/static.js';
import { fleetOfScenario, runScenario } from '../../../src/scenarios/run-scenario.js';
import { DATA, WITHOUT_DATA } from '../../support/data.js';
import { CHAT_KEYS, CHAT_PODS, startChat } from '../support/chat-fleet.js';
import { type DoorDecision, Kiscaler } from '../support/kiscaler.js';
import { type FleetResult, MeasuredFleet } from '../support/measured-fleet.js';
import { addRules } from '../support/monitoring.js';
import { externalTrigger, RECOMMENDED } from '../support/objects.js';
import { coldStartOfHour, DRAIN_GRACE, MAX, openRealHour, PROFILE, type RealHour, SLO } from '../support/real-hour.js';
import { prometheusTrigger, requestsInside, sloDesired, sloRules } from '../support/rival-triggers.js';
import { Scene } from '../support/scene.js';
import { drawSideBySide } from '../support/side-by-side-picture.js';
import { story } from '../support/stories.js';

const MINUTES = Number(process.env['MINUTES'] ?? 60);
const LENGTH = 60 * MINUTES;
/** Before it nothing counts: all fleets begin with one replica and no history. */
const WARMUP = Math.min(120, LENGTH / 5);
const TICK = DEFAULT_GRID.interval;
/** As the HPA has it by default. */
const HPA_SYNC = 15;
const POLL = 15;
const SCRAPE = 2;
/** The best whole number for this hour by KISim, at the price of a miss that we have by default: a favour to the rival. */
const REQUESTS_PER_REPLICA = 16;
/** Until the first pods serve, and every ScaledObject has its HPA. */
const PREPARATION = 110;
const STATICS = [4, 5, 6, 7, 8, 9, 10];

interface Contender {
  readonly name: string;
  readonly scene: Scene;
  readonly measured: MeasuredFleet;
}

/** A fleet with a ScaledObject of its own, in a namespace of its own. */
async function enter(scene: Scene, name: string, trigger: object, start: number, hour: RealHour): Promise<Contender> {
  const created = Date.now() / 1000;
  const { traffic } = fleetOfScenario(hour).run;
  const fleet = await startChat(scene, delayTraffic(traffic, start - created), {
    profile: PROFILE,
    coldStart: coldStartOfHour().staged,
    drainGrace: DRAIN_GRACE,
    countFrom: start + WARMUP - created,
  });
  const measured = new MeasuredFleet(scene, fleet, start + WARMUP);
  const spec = { maxReplicaCount: MAX, pollingInterval: POLL };
  await scene.scale({ name: 'chat', triggers: [trigger], behavior: RECOMMENDED, spec }, CHAT_PODS);
  return { name, scene, measured };
}

/** A further namespace for a story. */
async function besides(scene: Scene, suffix: string): Promise<Scene> {
  const other = await Scene.open(scene.bed, `${scene.namespace}-${suffix}`);
  scene.after(() => other.close());
  return other;
}

/** Until the last request has ended; asks `look` for something every second meanwhile. */
async function follow(contenders: readonly Contender[], start: number, look: () => Promise<void>): Promise<void> {
  const end = start + WARMUP + LENGTH;
  let sampled = 0;
  while (Date.now() / 1000 < end) {
    await Promise.all([look(), ...contenders.map(({ measured }) => measured.meter.look())]);
    const tick = Math.floor((Date.now() / 1000 - start - WARMUP) / TICK);
    if (tick >= sampled) {
      for (const { measured } of contenders) measured.sample();
      sampled = tick + 1;
    }
    await wait(1000);
  }
  const isOver = (): boolean => contenders.every(({ measured }) => measured.fleet.ledger.inFlight === 0);
  while (!isOver() && Date.now() / 1000 < end + 60) await wait(500);
}

interface Simulated extends FleetResult {
  /** Counts answered at the ticks that count, by seconds of the trace. */
  readonly decided: ReadonlyMap<number, number | undefined>;
}

/** The same hour in KISim. */
async function simulate(hour: RealHour, policy: Policy, guards: boolean): Promise<Simulated> {
  const spec: number[] = [];
  const decided = new Map<number, number | undefined>();
  const { statistics } = await runScenario({
    ...hour,
    policy,
    guards,
    onTick: ({ tick, answer }, run) => {
      if (tick <= WARMUP || tick > WARMUP + LENGTH) return;
      decided.set(tick, answer.metricTotal);
      spec.push(run.pods().filter(({ phase }) => phase !== 'draining' && phase !== 'gone').length);
    },
  });
  const { replicaSeconds, injected, misses, scaleChanges, ttft } = statistics;
  return {
    decided,
    replicaHours: replicaSeconds / 3600,
    replicas: spec.reduce((sum, count) => sum + count, 0) / spec.length,
    requests: injected,
    misses,
    changes: scaleChanges,
    ttft,
  };
}

function row(name: string, { replicaHours, replicas, requests, misses, changes, ttft }: FleetResult): string {
  return `${name}: ${replicaHours.toFixed(2)} replica-hours (mean ${replicas.toFixed(2)}), ${requests} requests, ${((100 * misses) / requests).toFixed(2)} % missed, ${changes} changes, TTFT p50 ${(1000 * ttft.p50).toFixed(0)} ms, p99 ${ttft.p99.toFixed(2)} s`;
}

/** Our decisions beside the model's, and who made them. */
function compare(model: Simulated['decided'], real: ReadonlyMap<number, DoorDecision>): string {
  const both = [...model].map(([tick, value]) => ({ model: value, real: real.get(tick) }));
  const seen = both.filter((one) => one.real !== undefined);
  const apart = seen.map((one) => Math.abs((one.real?.value ?? Number.NaN) - (one.model ?? Number.NaN)));
  const by = seen.filter((one) => one.real?.source === 'policy').length;
  return `${seen.length} of ${both.length} decisions seen, ${by} by the policy; ${apart.filter((d) => d === 0).length} equal to the model's, ${apart.filter((d) => d <= 1).length} within one`;
}

describe('side by side with rivals', () => {
  const data = DATA;
  if (!data) {
    it.skip(`an hour of a real trace side by side${WITHOUT_DATA}`);
    return;
  }

  story(
    `side by side: ${MINUTES} minutes of a real trace under our policy, a KEDA trigger and the llm-d SLO law`,
    async (scene) => {
      const { bed, namespace } = scene;
      await bed.syncHpasEvery(HPA_SYNC);
      scene.after(() => bed.syncHpasEvery(bed.hpaSync));
      const control = { pollingInterval: POLL, hpaSync: HPA_SYNC };
      const hour = openRealHour({
        data,
        folder: join(bed.folder, 'targets'),
        policy: 'learned',
        length: LENGTH,
        warmup: WARMUP,
        control,
        scrapeInterval: SCRAPE,
      });
      const learned = await loadLearned();
      if (!learned) throw new Error('the policy that ships cannot be loaded');

      const keys = { ...CHAT_KEYS, profile: PROFILE, maxReplicas: String(MAX), policy: 'learned' };
      const ourKeys = { ...keys, coldStart: `${coldStartOfHour().median}s`, slo: `${SLO}s` };
      const [queue, law] = [await besides(scene, 'queue'), await besides(scene, 'law')];
      const kiscaler = await Kiscaler.open(scene, { tick: TICK, windowTicks: DEFAULT_GRID.ticks });
      await addRules(bed, sloRules(law.namespace, 'chat', SLO));
      const { prometheusUrl } = bed;
      const start = TICK * Math.ceil((Date.now() / 1000 + PREPARATION) / TICK);
      const contenders = await Promise.all([
        enter(scene, 'kiscaler', externalTrigger(kiscaler.address, ourKeys), start, hour),
        enter(
          queue,
          'KEDA trigger',
          prometheusTrigger(prometheusUrl, requestsInside(queue.namespace), REQUESTS_PER_REPLICA),
          start,
          hour,
        ),
        enter(law, 'llm-d SLO law', prometheusTrigger(prometheusUrl, sloDesired(law.namespace), 1), start, hour),
      ]);
      await scene.until('all have a pod that serves', start - Date.now() / 1000, async () =>
        contenders.every(({ measured }) => measured.fleet.readyReplicas >= 1),
      );
      const decided = new Map<number, DoorDecision>();
      await follow(contenders, start, async () => {
        const decision = await kiscaler.decision(namespace, 'chat', ourKeys);
        if (decision) decided.set(Math.round(decision.tick - start), decision);
      });

      const results = contenders.map(({ name, measured }) => [name, measured.result(start + WARMUP + LENGTH)] as const);
      for (const [name, result] of results) scene.note(row(name, result));
      const sampled = contenders.map(({ name, measured }) => ({ name, samples: measured.samples }));
      writeFileSync(join(bed.folder, 'side-by-side.svg'), drawSideBySide(sampled, LENGTH));
      const model = await simulate(hour, learned, true);
      scene.note(row('kiscaler in KISim', model));
      const fixed: (readonly [string, FleetResult])[] = [];
      for (const count of STATICS)
        fixed.push([`${count} replicas in KISim`, await simulate(hour, createStatic(count), false)]);
      for (const [name, result] of fixed) scene.note(row(name, result));
      const all = { results: Object.fromEntries([...results, ['model', model], ...fixed]), samples: sampled };
      writeFileSync(join(bed.folder, 'side-by-side.json'), JSON.stringify(all));
      scene.note(compare(model.decided, decided));

      const ours = results[0]?.[1] as FleetResult;
      for (const [name, { requests }] of results)
        expect(requests, `requests of ${name}`).to.be.within(model.requests - 20, model.requests + 20);
      expect(ours.replicas / model.replicas, 'mean replicas, over those of KISim').to.be.within(0.95, 1.05);
      expect(ours.misses / ours.requests - model.misses / model.requests, 'share of misses').to.be.within(-0.01, 0.01);
    },
    { needsOwnBed: true, isAlone: true, isFull: true },
  );
});
