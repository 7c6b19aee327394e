import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { createRng, type Rng } from '../../../src/base/rng.js';
import { Fleets, fleetTarget } from '../support/fleets.js';
import { readHpaQueries } from '../support/hpa-queries.js';
import { EXACT_BEHAVIOR, externalTrigger, POLL, RECOMMENDED, scaledObject } from '../support/objects.js';
import { findRace, readTraces } from '../support/races.js';
import { differing, keep, type Recording, replay } from '../support/replay.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { StubScaler } from '../support/stub-scaler.js';

const MAX = 40;
const FIRST = 5;

const tolerant = (
  rules: (typeof EXACT_BEHAVIOR)['scaleUp'] | (typeof EXACT_BEHAVIOR)['scaleDown'],
  window: number,
) => ({
  ...rules,
  tolerance: '0.1',
  stabilizationWindowSeconds: window,
});

/** Windows are odd where they may be, so that few syncs of two seconds fall on an edge, where milliseconds decide. */
const BEHAVIORS = {
  default: undefined,
  recommended: RECOMMENDED,
  stabilized: {
    scaleUp: { ...EXACT_BEHAVIOR.scaleUp, stabilizationWindowSeconds: 11 },
    scaleDown: {
      ...EXACT_BEHAVIOR.scaleDown,
      stabilizationWindowSeconds: 31,
      policies: [{ type: 'Percent', value: 50, periodSeconds: 15 }],
    },
  },
  tolerant: { scaleUp: tolerant(EXACT_BEHAVIOR.scaleUp, 0), scaleDown: tolerant(EXACT_BEHAVIOR.scaleDown, 5) },
} as const;

const FALLBACK = { failureThreshold: 3, replicas: 4, behavior: 'currentReplicasIfHigher' };

/** Series take turns: above zero, through zero (KEDA's poll and cooldown), and with failures of GetMetrics (its fallback). */
const VARIANTS = [
  { name: 'above-zero', spec: {}, odd: undefined },
  { name: 'to-zero', spec: { minReplicaCount: 0, cooldownPeriod: 12 }, odd: 0 },
  { name: 'with-failures', spec: { fallback: FALLBACK }, odd: 'KIS_METRICS_DOWN' },
] as const;

/** Sets random counts, each for 3 to 15 s, until the time is over: steps, jumps, long holds, and now and then the odd value. */
async function play(
  stub: StubScaler,
  name: string,
  { rng, odd, until }: { readonly rng: Rng; readonly odd: 0 | 'KIS_METRICS_DOWN' | undefined; readonly until: number },
): Promise<void> {
  let count = FIRST;
  while (Date.now() < until) {
    const isJump = rng.next() < 0.3;
    const next = isJump ? 1 + Math.floor(rng.next() * MAX) : count + Math.round(6 * rng.next() - 3);
    count = Math.min(MAX, Math.max(1, next));
    stub.set(name, rng.next() < 0.2 && odd !== undefined ? odd : count);
    await wait(1000 * Math.min(3 + 12 * rng.next(), Math.max(0, (until - Date.now()) / 1000)));
  }
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

interface Hpa {
  readonly status: { readonly conditions?: readonly Condition[] };
}

const isScalingActive = ({ type, status }: Condition): boolean => type === 'ScalingActive' && status === 'True';

interface Size {
  /** Random series side by side. */
  readonly count: number;
  readonly seconds: number;
}

async function compare(scene: Scene, behaviorName: keyof typeof BEHAVIORS, { count, seconds }: Size): Promise<void> {
  const { kube, namespace, bed } = scene;
  const fleets = new Fleets(kube, namespace);
  scene.after(() => fleets.stop());
  const stub = await StubScaler.open(scene);
  const runs = Array.from({ length: count }, (_, i) => {
    const { name, spec, odd } = VARIANTS[i % VARIANTS.length] as (typeof VARIANTS)[number];
    const fleet = `${behaviorName}-${name}-${i}`;
    const target = { scaleTargetRef: fleetTarget(fleet), pollingInterval: POLL, maxReplicaCount: MAX };
    const triggers = [externalTrigger(stub.address)];
    const behavior = BEHAVIORS[behaviorName];
    const object = scaledObject({ namespace, name: fleet, triggers, behavior, spec: { ...target, ...spec } });
    return { fleet, odd, object, isRaced: odd !== undefined, rng: createRng(i + 1).stream(behaviorName) };
  });
  for (const { fleet, object } of runs) {
    stub.set(fleet, FIRST);
    await fleets.add(fleet, FIRST);
    await scene.apply(object);
  }
  await scene.until('every HPA has a metric', 400, async () => {
    const hpas = await kube.list<Hpa>(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`);
    const active = hpas.filter(({ status }) => status.conditions?.some(isScalingActive)).length;
    return active === count || `${active} of ${count}`;
  });
  const until = Date.now() + 1000 * seconds;
  await Promise.all(runs.map(({ fleet, odd, rng }) => play(stub, fleet, { rng, odd, until })));
  const queries = readHpaQueries(bed.folder, namespace);
  const traces = readTraces(bed.folder, namespace);
  const folder = join(bed.folder, 'row-9');
  mkdirSync(folder, { recursive: true });
  const all = runs.map(({ fleet, object, isRaced }) => {
    const recording: Recording = {
      name: fleet,
      scaledObject: object,
      sets: stub.sets.filter(({ name }) => name === fleet),
      asks: stub.asks.filter(({ name }) => name === fleet),
      queries: queries.get(fleet) ?? [],
      series: fleets.series,
    };
    const { turns, moved } = replay(recording);
    keep(folder, recording, turns);
    const apart = differing(turns);
    // Above zero there is nothing that KEDA and the HPA could do in the wrong order.
    const trace = isRaced ? traces.get(fleet) : undefined;
    const race = apart.length > 0 && trace ? findRace(recording, turns, trace) : undefined;
    return { fleet, isRaced, turns, moved, apart, race };
  });
  const raced = all.filter((one) => one.isRaced);
  const lost = all.filter((one) => one.race !== undefined);
  const turns = all.flatMap((one) => (lost.includes(one) ? [] : one.turns));
  const apart = turns.filter(({ model, real }) => model !== real).length;
  const moved = all.reduce((sum, one) => sum + one.moved, 0);
  const changes = all.map((one) => one.turns.filter(({ real }, i) => i > 0 && real !== one.turns[i - 1]?.real).length);
  scene.note(
    `${count} series of ${seconds} s, ${turns.length} turns of HPA and KEDA, ${changes.reduce((a, b) => a + b)} changes, ${apart} turns apart for one turn, ${moved} on the edge of a window`,
  );
  scene.note(`${lost.length} of ${raced.length} fleets with zeros or failures off after a race`);
  for (const { fleet, race } of lost) scene.note(`${fleet}: ${race}`);
  const wrong = all.filter((one) => one.apart.length > 0 && one.race === undefined);
  expect(wrong.map((one) => ({ fleet: one.fleet, turns: one.apart.slice(0, 3) }))).to.deep.equal([]);
  expect(Math.max(...changes), 'changes of the fleet that moved most').to.be.at.least(1);
  expect(apart + moved, 'turns apart or moved').to.be.at.most(Math.ceil(turns.length / 50));
}

describe('the model of KEDA and the HPA beside the real ones', () => {
  for (const behavior of Object.keys(BEHAVIORS) as (keyof typeof BEHAVIORS)[]) {
    story(
      `row 9: equal replica counts after every turn, behaviour ${behavior}`,
      (scene) => compare(scene, behavior, { count: 3, seconds: 100 }),
      { needsOwnBed: true },
    );
    story(
      `row 9 at size: equal replica counts after every turn, behaviour ${behavior}`,
      (scene) => compare(scene, behavior, { count: 20, seconds: 600 }),
      { needsOwnBed: true, isFull: true },
    );
  }
});
