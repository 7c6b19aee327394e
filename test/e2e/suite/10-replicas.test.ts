import { expect } from 'chai';
import { freePorts } from '../../support/free-port.js';
import { CHAT_KEYS, CHAT_PODS, DialTraffic, startChat } from '../support/chat-fleet.js';
import { buildVersion, previousVersion } from '../support/earlier-version.js';
import { Kiscaler } from '../support/kiscaler.js';
import { NameServer } from '../support/name-server.js';
import { EXACT_BEHAVIOR, externalTrigger, POLL } from '../support/objects.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { StubScaler } from '../support/stub-scaler.js';
import { Valve } from '../support/valve.js';

const behavior = EXACT_BEHAVIOR;
const TICK = 2;
const [CALM, SURGE] = [1, 8];

/** What the HPA could not get of its metrics so far, as its events tell. */
async function failedQueries({ kube, namespace }: Scene): Promise<number> {
  const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=reason%3DFailedGetExternalMetric`;
  const events = await kube.list<{ readonly count?: number }>(path);
  return events.reduce((sum, { count = 1 }) => sum + count, 0);
}

describe('two of us behind one name', () => {
  story(
    'two kiscaler processes behind one name: either may die, and a roll-out replaces both',
    async (scene) => {
      const { namespace } = scene;
      const traffic = new DialTraffic(CALM);
      const fleet = await startChat(scene, traffic);
      const [port] = (await freePorts(1)) as [number];
      const start = (host: string): Promise<Kiscaler> => Kiscaler.open(scene, { tick: TICK, host, port });
      const [first, second] = [await start('127.0.0.2'), await start('127.0.0.3')];
      const names = await NameServer.open(scene, ['127.0.0.2', '127.0.0.3']);
      const triggers = [externalTrigger(names.scalerAddress('kiscaler.inference.svc', port), CHAT_KEYS)];
      const window = { ...behavior, scaleDown: { ...behavior.scaleDown, stabilizationWindowSeconds: 6 } };
      const spec = { maxReplicaCount: 8 };
      await scene.scale({ name: 'chat', triggers, behavior: window, spec }, CHAT_PODS);
      await scene.until('a pod serves', 180, async () => fleet.readyReplicas >= 1);
      const bothDecide = async (): Promise<boolean | string> => {
        const [a, b] = await Promise.all([first, second].map((one) => one.decide(namespace, 'chat', CHAT_KEYS)));
        return (a !== undefined && a === b) || `${a} and ${b}`;
      };
      await scene.until('both decide, and the same', 60, bothDecide);
      const follows = async (by: Kiscaler, rate: number): Promise<number> => {
        traffic.rate = rate;
        const isThere = (count: number): boolean => (rate === SURGE ? count >= 4 : count <= 3);
        return scene.until(`the fleet follows ${by.address}`, 150, async () => {
          const [ours, found] = [await by.decide(namespace, 'chat', CHAT_KEYS), await scene.replicas('chat')];
          return (ours === found && isThere(found)) || `${found} with ours at ${ours}`;
        });
      };
      await follows(first, SURGE);
      const before = await failedQueries(scene);
      first.process.kill();
      await follows(second, CALM);
      await first.process.start();
      // KEDA finds it again once gRPC's back-off is over.
      await scene.until('both decide again', 60, bothDecide);
      second.process.kill();
      await follows(first, SURGE);
      await second.process.start();
      scene.note(`either killed: ${(await failedQueries(scene)) - before} failed queries of the HPA`);

      const killed = await failedQueries(scene);
      const [third, fourth] = [await start('127.0.0.4'), await start('127.0.0.5')];
      names.addresses = ['127.0.0.4', '127.0.0.5'];
      expect(await first.process.stop(30), 'ended by itself').to.equal(0);
      expect(await second.process.stop(30), 'ended by itself').to.equal(0);
      await follows(third, CALM);
      await follows(fourth, SURGE);
      const failed = (await failedQueries(scene)) - killed;
      scene.note(`roll-out: ${failed} failed queries`);
      // A fresh one that is asked before it has read its window says so, and the HPA holds for that sync.
      expect(failed, 'failed queries in the roll-out').to.be.at.most(2);
    },
    { needsOwnBed: true },
  );

  story(
    'a roll-out from an earlier version to this one, and back',
    async (scene) => {
      const { namespace } = scene;
      const revision = previousVersion();
      const earlier = await buildVersion(scene, revision);
      const traffic = new DialTraffic(CALM);
      const fleet = await startChat(scene, traffic);
      const [port] = (await freePorts(1)) as [number];
      const start = (host: string, root?: string): Promise<Kiscaler> =>
        Kiscaler.open(scene, { tick: TICK, host, port, ...(root === undefined ? {} : { root }) });
      const before = [await start('127.0.0.2', earlier), await start('127.0.0.3', earlier)];
      const names = await NameServer.open(scene, ['127.0.0.2', '127.0.0.3']);
      const triggers = [externalTrigger(names.scalerAddress('kiscaler.inference.svc', port), CHAT_KEYS)];
      const window = { ...behavior, scaleDown: { ...behavior.scaleDown, stabilizationWindowSeconds: 6 } };
      await scene.scale({ name: 'chat', triggers, behavior: window, spec: { maxReplicaCount: 8 } }, CHAT_PODS);
      await scene.until('a pod serves', 60, async () => fleet.readyReplicas >= 1);
      const decides = (one: Kiscaler): Promise<number | undefined> => one.decide(namespace, 'chat', CHAT_KEYS);
      const follows = (by: Kiscaler, rate: number): Promise<number> => {
        traffic.rate = rate;
        return scene.until(`the fleet follows ${by.address}`, 150, async () => {
          const [ours, found] = [await decides(by), await scene.replicas('chat')];
          return (ours === found && (rate === SURGE ? found >= 4 : found <= 3)) || `${found} with ours at ${ours}`;
        });
      };
      /** New ones beside the old ones, the name moves, the old ones end; gives the queries that failed meanwhile. */
      const replace = async (old: readonly Kiscaler[], hosts: readonly string[], root?: string) => {
        const failed = await failedQueries(scene);
        const fresh: Kiscaler[] = [];
        for (const host of hosts) fresh.push(await start(host, root));
        names.addresses = [...hosts];
        for (const { process } of old) expect(await process.stop(30), 'ended by itself').to.equal(0);
        await scene.until('the new ones decide', 60, async () => (await decides(fresh[0] as Kiscaler)) !== undefined);
        return { fresh, failed: (await failedQueries(scene)) - failed };
      };
      await follows(before[0] as Kiscaler, SURGE);
      const forth = await replace(before, ['127.0.0.4', '127.0.0.5']);
      await follows(forth.fresh[0] as Kiscaler, CALM);
      await follows(forth.fresh[1] as Kiscaler, SURGE);
      const back = await replace(forth.fresh, ['127.0.0.6', '127.0.0.7'], earlier);
      await follows(back.fresh[0] as Kiscaler, CALM);
      scene.note(`${revision} to this one: ${forth.failed} failed queries of the HPA; back: ${back.failed}`);
      // Two fresh ones that read their first windows, on a machine that others keep busy: ten seconds of syncs at most.
      for (const { failed } of [forth, back]) expect(failed, 'failed queries in a roll-out').to.be.at.most(5);
    },
    { needsOwnBed: true, isFull: true },
  );

  story(
    'a scaler that hangs holds up every HPA of the cluster, until the API server gives up after a minute',
    async (scene) => {
      const [hanging, healthy] = [await StubScaler.open(scene), await StubScaler.open(scene)];
      const valve = await Valve.open(scene, Number(hanging.address.split(':')[1]));
      const workers = 5;
      const names = Array.from({ length: workers }, (_, i) => `hanging-${i}`);
      healthy.set('neighbour', 3);
      await scene.scale({ name: 'neighbour', triggers: [externalTrigger(healthy.address)], behavior });
      const join = async (name: string): Promise<void> => {
        hanging.set(name, 2);
        await scene.scale({ name, triggers: [externalTrigger(valve.address)], behavior });
        await scene.reaches(name, 2, 60);
      };
      const measure = async (count: number): Promise<string> => {
        const asked = healthy.asks.length;
        healthy.set('neighbour', count);
        return scene.reaches('neighbour', count, 60).then(
          (seconds) => `follows in ${seconds.toFixed(1)} s`,
          () => `does not follow in 60 s, asked ${healthy.asks.length - asked} times`,
        );
      };
      await scene.reaches('neighbour', 3, 60);
      await join('hanging-0');
      valve.isShut = true;
      await scene.stays('hanging-0', 2, 2 * POLL);
      scene.note(`one ScaledObject hangs: its neighbour ${await measure(5)}`);
      valve.isShut = false;
      for (const name of names.slice(1)) await join(name);
      valve.isShut = true;
      await scene.stays('hanging-0', 2, 4 * POLL);
      scene.note(`${workers} hang, as many as the HPA has workers: the neighbour ${await measure(7)}`);
      // What a liveness probe does.
      await hanging.kill();
      valve.isShut = false;
      const freed = await scene.reaches('neighbour', 7, 120);
      await hanging.resume();
      hanging.set('hanging-0', 4);
      scene.note(
        `killed and started again: the neighbour after ${freed.toFixed(1)} s more, theirs after ${(await scene.reaches('hanging-0', 4, 120)).toFixed(1)} s`,
      );
    },
    { isAlone: true, needsOwnBed: true, isFull: true },
  );
});
