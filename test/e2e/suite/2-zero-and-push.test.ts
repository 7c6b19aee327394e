import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { concatTraffic, cutTraffic } from '../../../src/kisim/traffic/splice-traffic.js';
import { CHAT_KEYS, CHAT_PODS, DialTraffic, startChat } from '../support/chat-fleet.js';
import { startGateway } from '../support/gateway.js';
import { Kiscaler } from '../support/kiscaler.js';
import { EXACT_BEHAVIOR, externalTrigger, POLL, readyAfter } from '../support/objects.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { StubScaler } from '../support/stub-scaler.js';

const POD_DELAY = 90;

/** What KEDA keeps open for a ScaledObject with a push trigger: the metric spec is streamed since 2.21. */
const pushMethods = ({ bed }: Scene): readonly string[] =>
  bed.keda === 'keda' ? ['StreamIsActive', 'StreamMetricSpec'] : ['StreamIsActive'];

describe('from zero and to zero', () => {
  story(
    'row 3: 0 -> 12 -> 0 with pods that are ready after 90 s',
    async (scene) => {
      const stub = await StubScaler.open(scene);
      stub.set('slow', 0);
      const spec = { minReplicaCount: 0 };
      const pods = { replicas: 0, annotations: readyAfter(POD_DELAY) };
      await scene.scale(
        { name: 'slow', triggers: [externalTrigger(stub.address)], behavior: EXACT_BEHAVIOR, spec },
        pods,
      );
      await scene.stays('slow', 0, POLL);
      stub.set('slow', 12);
      const started = Date.now();
      const seconds = await scene.reaches('slow', 12, 120);
      expect((await scene.deployment('slow')).status.readyReplicas ?? 0, 'ready pods').to.equal(0);
      await scene.until('12 ready pods', POD_DELAY + 120, async () => {
        const { spec: wanted, status } = await scene.deployment('slow');
        if (wanted.replicas !== 12) throw new Error(`pods that are not ready made it ${wanted.replicas}`);
        return status.readyReplicas === 12 || `${status.readyReplicas ?? 0}`;
      });
      scene.note(`12 after ${seconds.toFixed(1)} s, ready after ${((Date.now() - started) / 1000).toFixed(0)} s`);
      stub.set('slow', 1);
      await scene.reaches('slow', 1, 120);
      await scene.stays('slow', 1, 3 * POLL);
      stub.set('slow', 5);
      await scene.reaches('slow', 5, 120);
      stub.set('slow', 0);
      scene.note(`5 -> 0 in ${(await scene.reaches('slow', 0, 120)).toFixed(1)} s`);
    },
    { needsOwnBed: true },
  );

  story(
    'to zero when idle, and back on the counter of a gateway: no engine is there to count',
    async (scene) => {
      const [rate, busy, silent] = [3, 60, 200];
      const parts = [
        { duration: busy + silent, open: () => cutTraffic(new DialTraffic(rate), 0, busy) },
        { duration: Number.POSITIVE_INFINITY, open: () => new DialTraffic(rate) },
      ];
      const returns = Date.now() / 1000 + busy + silent;
      const fleet = await startChat(scene, concatTraffic(parts));
      await startGateway(scene, fleet);
      // A window of 64 s: idle is what it shows no request in, for want of the five minutes that longer ones have.
      const kiscaler = await Kiscaler.open(scene, { tick: 2 });
      const triggers = [externalTrigger(kiscaler.address, { ...CHAT_KEYS, arrivals: 'dynamo', minReplicas: '0' })];
      const spec = { minReplicaCount: 0, maxReplicaCount: 8 };
      await scene.scale({ name: 'chat', triggers, spec, behavior: EXACT_BEHAVIOR }, CHAT_PODS);
      await scene.until('a pod serves', 60, async () => fleet.readyReplicas >= 1);
      await scene.reaches('chat', 0, busy + silent - 30);
      const idle = Date.now() / 1000 - (returns - silent);
      scene.note(`0 after ${idle.toFixed(0)} s without a request`);
      await scene.stays('chat', 0, 20);
      await wait(Math.max(0, 1000 * (returns - Date.now() / 1000)));
      await scene.until('awake', 60, async () => (await scene.replicas('chat')) >= 1);
      const awake = Date.now() / 1000 - returns;
      const before = fleet.ledger.outcomes.completed;
      await scene.until('served', 60, async () => fleet.ledger.outcomes.completed >= before + 20);
      scene.note(
        `awake ${awake.toFixed(1)} s after the first request, served after ${(Date.now() / 1000 - returns).toFixed(0)} s`,
      );
      const { completed, inFlight } = { ...fleet.ledger.outcomes, inFlight: fleet.ledger.inFlight };
      expect(completed + inFlight, 'requests that were served, or are under way').to.equal(fleet.ledger.injected);
    },
    { needsOwnBed: true },
  );

  story("row 4: KEDA's external_scaler_so, against our server", async (scene) => {
    const stub = await StubScaler.open(scene);
    stub.set('so', 0);
    const spec = {
      pollingInterval: 5,
      cooldownPeriod: 10,
      idleReplicaCount: 0,
      minReplicaCount: 1,
      maxReplicaCount: 2,
    };
    await scene.scale({ name: 'so', triggers: [externalTrigger(stub.address)], spec }, { replicas: 0 });
    await scene.stays('so', 0, 5);
    // Their value 10, 20 and 0 at a threshold of 10; our target is always 1.
    stub.set('so', 1);
    scene.note(`0 -> 1 in ${(await scene.reaches('so', 1, 60)).toFixed(1)} s of 60`);
    stub.set('so', 2);
    scene.note(`1 -> 2 in ${(await scene.reaches('so', 2, 120)).toFixed(1)} s of 120`);
    stub.set('so', 0);
    scene.note(`2 -> 0 in ${(await scene.reaches('so', 0, 120)).toFixed(1)} s of 120`);
  });

  story("row 4: KEDA's external_push_scaler, and StreamMetricSpec beside it", async (scene) => {
    const stub = await StubScaler.open(scene);
    stub.set('push', 0);
    const spec = { pollingInterval: 30, cooldownPeriod: 10, minReplicaCount: 0, maxReplicaCount: 3 };
    const triggers = [externalTrigger(stub.address, {}, 'external-push')];
    await scene.scale({ name: 'push', triggers, spec, behavior: EXACT_BEHAVIOR }, { replicas: 0 });
    const methods = pushMethods(scene);
    await scene.until('its streams are open', 30, async () => methods.every((method) => stub.open(method) === 1));
    stub.set('push', 1);
    scene.note(`woken in ${(await scene.reaches('push', 1, 60)).toFixed(1)} s, polled only every 30 s`);
    stub.set('push', 2);
    await scene.reaches('push', 2, 120);
    // 22.222 at a threshold of 6.111 is 4, which the object clips to 3.
    stub.set('push', 4);
    await scene.reaches('push', 3, 120);
    stub.set('push', 0);
    await scene.reaches('push', 0, 120);
    await stub.drain();
    for (const method of methods) {
      expect(stub.count(method, 'OK'), `${method} ended cleanly, and was opened once`).to.equal(1);
    }
    scene.note(`streams: ${methods.join(', ')}`);
    expect(stub.calls.filter(({ code }) => code !== 'OK')).to.deep.equal([]);
  });

  story(
    'row 8: 100 ScaledObjects on one push stream each',
    async (scene) => {
      const stub = await StubScaler.open(scene);
      const names = Array.from({ length: 100 }, (_, i) => `push-${i}`);
      const triggers = [externalTrigger(stub.address, {}, 'external-push')];
      const spec = { pollingInterval: 300, minReplicaCount: 0 };
      for (const name of names) {
        stub.set(name, 0);
        await scene.scale({ name, triggers, spec }, { replicas: 0 });
      }
      const methods = pushMethods(scene);
      await scene.until('a stream of each kind for every one', 120, async () => {
        const open = methods.map((method) => stub.open(method));
        return open.every((count) => count === 100) || `${open}`;
      });
      await scene.until('100 HPAs', 120, async () => {
        const hpas = await scene.kube.list(
          `/apis/autoscaling/v2/namespaces/${scene.namespace}/horizontalpodautoscalers`,
        );
        return hpas.length === 100 || `${hpas.length}`;
      });
      for (const name of names) stub.set(name, 1);
      const seconds = await scene.until('all are awake', 60, async () => {
        const all = await scene.kube.list<{ spec: { replicas: number } }>(
          `/apis/apps/v1/namespaces/${scene.namespace}/deployments`,
        );
        const awake = all.filter(({ spec: { replicas } }) => replicas >= 1).length;
        return awake === 100 || `${awake}`;
      });
      scene.note(`100 awake in ${seconds.toFixed(1)} s`);
      await stub.drain();
      for (const method of methods) expect(stub.count(method, 'OK'), method).to.equal(100);
      expect(stub.calls.filter(({ code }) => code !== 'OK')).to.deep.equal([]);
    },
    { isAlone: true },
  );
});
