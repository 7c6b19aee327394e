import { expect } from 'chai';
import { EXACT_BEHAVIOR, externalTrigger } from '../support/objects.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { StubScaler } from '../support/stub-scaler.js';

const behavior = EXACT_BEHAVIOR;
/** Theirs: a minute, and fifteen seconds in reserve. */
const LONG = 75;
const RESERVE = 15;

const now = (): number => Date.now() / 1000;

/** A Deployment of `replicas` under a stub that says `told`. */
async function start(
  scene: Scene,
  name: string,
  [replicas, told]: readonly [number, number],
  { spec, ...options }: { readonly spec: object; readonly behavior?: object | undefined; readonly trigger?: object },
): Promise<StubScaler> {
  const stub = await StubScaler.open(scene);
  stub.set(name, told);
  const triggers = [{ ...externalTrigger(stub.address), ...options.trigger }];
  await scene.scale({ name, triggers, spec: { ...spec }, behavior: options.behavior }, { replicas });
  return stub;
}

describe("when KEDA asks and when it acts (KEDA's tests/internals)", () => {
  story('idle_replicas: idle at none, never between none and the minimum', async (scene) => {
    const spec = { idleReplicaCount: 0, minReplicaCount: 2, maxReplicaCount: 4, cooldownPeriod: 10 };
    const stub = await start(scene, 'idle', [1, 0], { spec, behavior });
    await scene.reaches('idle', 0, 60);
    for (const [told, count, within] of [
      [1, 2, 60],
      [2, 2, 60],
      [4, 4, 180],
      [0, 0, 60],
    ] as const) {
      stub.set('idle', told);
      scene.note(`told ${told}: ${count} in ${(await scene.reaches('idle', count, within)).toFixed(1)} s of ${within}`);
    }
  });

  story(
    'polling_cooldown_so: up and down no sooner than the next poll, to zero no sooner than the cooldown',
    async (scene) => {
      const bounds = { minReplicaCount: 0, maxReplicaCount: 3, cooldownPeriod: 0 };
      await Promise.all([
        atNextPoll(scene, 'up', [0, 3], { ...bounds, pollingInterval: LONG }),
        atNextPoll(scene, 'down', [3, 0], { ...bounds, pollingInterval: LONG }),
        afterCooldown(scene, { ...bounds, pollingInterval: 5, cooldownPeriod: LONG }),
      ]);
    },
  );

  story('initial_delay_cooldownperiod: a new fleet is left alone for its first minute', async (scene) => {
    const spec = { minReplicaCount: 0, cooldownPeriod: 5, initialCooldownPeriod: 60 };
    const stub = await StubScaler.open(scene);
    stub.set('new', 0);
    const started = now();
    await scene.put({ name: 'new', triggers: [externalTrigger(stub.address)], behavior, spec });
    await scene.reaches('new', 0, 180);
    const seconds = now() - started;
    expect(seconds, 'seconds until zero').to.be.at.least(60 - 2);
    scene.note(`zero after ${seconds.toFixed(0)} s of 60`);
  });

  story(
    'cache_metrics: with cached metrics the HPA sees what the last poll saw, without them what is',
    async (scene) => {
      const spec = { pollingInterval: 1000, minReplicaCount: 0, maxReplicaCount: 10 };
      const trigger = { useCachedMetrics: true };
      const cached = await start(scene, 'cached', [1, 4], { spec, behavior, trigger });
      const direct = await start(scene, 'direct', [1, 4], { spec, behavior });
      for (const name of ['cached', 'direct']) await scene.reaches(name, 4, 180);
      cached.set('cached', 2);
      direct.set('direct', 2);
      scene.note(`direct: 2 in ${(await scene.reaches('direct', 2, 120)).toFixed(1)} s of 120`);
      await scene.stays('cached', 4, 60);
      scene.note('cached: 4 for a minute more');
    },
  );

  story(
    'value_metric_type: our count as a Value multiplies what runs, which is why it must be AverageValue',
    async (scene) => {
      const spec = { minReplicaCount: 0, maxReplicaCount: 10 };
      await start(scene, 'average', [8, 4], { spec, behavior });
      await scene.reaches('average', 4, 180);
      await start(scene, 'value', [8, 4], { spec, behavior, trigger: { metricType: 'Value' } });
      await scene.reaches('value', 10, 120);
      scene.note('told 4 at 8: AverageValue 4, Value all of 10');
    },
  );

  story('trigger_update_so: a trigger added and taken away while it scales', async (scene) => {
    const spec = { minReplicaCount: 0, maxReplicaCount: 5 };
    const first = await start(scene, 'edited', [1, 1], { spec, behavior });
    const second = await StubScaler.open(scene);
    second.set('edited', 9);
    await scene.reaches('edited', 1, 60);
    const [one, two] = [first, second].map((stub) => externalTrigger(stub.address));
    await scene.scale({ name: 'edited', triggers: [one as object, two as object], behavior, spec });
    scene.note(`added: the maximum in ${(await scene.reaches('edited', 5, 180)).toFixed(1)} s of 540`);
    first.set('edited', 3);
    await scene.scale({ name: 'edited', triggers: [one as object], behavior, spec });
    scene.note(`taken away: ours in ${(await scene.reaches('edited', 3, 180)).toFixed(1)} s of 540`);
    const asked = second.asks.length;
    first.set('edited', 4);
    await scene.reaches('edited', 4, 60);
    expect(second.asks.length - asked, 'questions to the one that is gone').to.be.at.most(1);
  });
});

/** At none only KEDA's poll asks; at some, what it does with a zero it does at a poll, and the HPA's window holds the rest. */
async function atNextPoll(
  scene: Scene,
  name: string,
  [from, to]: readonly [number, number],
  spec: object,
): Promise<void> {
  const stub = await start(scene, name, [from, from], { spec });
  await scene.until(`${name}: asked`, 60, async () => stub.asks.length > 0);
  const polled = stub.asks[0]?.at ?? Number.NaN;
  await scene.reaches(name, from, 60);
  stub.set(name, to);
  await scene.reaches(name, to, LONG + 60);
  const seconds = now() - polled;
  expect(seconds, `${name}: seconds since the poll`).to.be.at.least(LONG - 1);
  scene.note(`${name} ${seconds.toFixed(1)} s after the poll before, which is ${LONG} s apart`);
}

async function afterCooldown(scene: Scene, spec: object): Promise<void> {
  const stub = await start(scene, 'cool', [3, 3], { spec });
  await scene.until('cool: a poll', 60, async () => stub.asks.length > 3);
  stub.set('cool', 0);
  const seconds = await scene.reaches('cool', 0, LONG + 60);
  expect(seconds, 'seconds until zero').to.be.at.least(LONG - RESERVE);
  scene.note(`to zero ${seconds.toFixed(1)} s after the last activity, with a cooldown of ${LONG} s`);
}
