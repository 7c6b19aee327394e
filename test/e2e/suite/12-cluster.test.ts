import { expect } from 'chai';
import type { DrivenFleet } from '../../../src/kisim/live/driven-fleet.js';
import { CHAT_KEYS, CHAT_PODS, DialTraffic, startChat } from '../support/chat-fleet.js';
import { Kiscaler } from '../support/kiscaler.js';
import { gpuNode } from '../support/kwok.js';
import { EXACT_BEHAVIOR, externalTrigger } from '../support/objects.js';
import { ReplicaSeries } from '../support/replica-series.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';

const TICK = 2;
const [CALM, SURGE] = [1, 8];
const KEYS = { ...CHAT_KEYS, maxReplicas: '20' };
const WINDOW = 6;
const behavior = {
  ...EXACT_BEHAVIOR,
  scaleDown: { ...EXACT_BEHAVIOR.scaleDown, stabilizationWindowSeconds: WINDOW },
};

interface Setting {
  readonly fleet: DrivenFleet;
  readonly traffic: DialTraffic;
  readonly kiscaler: Kiscaler;
  readonly series: ReplicaSeries;
}

/** A node of the scene's own pool, gone with it. */
async function addNode(scene: Scene, name: string): Promise<void> {
  const { kube, namespace } = scene;
  await kube.apply(gpuNode(name, namespace));
  // One that a story has lost is gone already.
  scene.after(() => kube.delete(`/api/v1/nodes/${name}`).catch(() => {}));
}

/** A fleet of pods with four GPUs each, two to a node, on `nodes` nodes of its own. */
async function start(scene: Scene, nodes: number): Promise<Setting> {
  const pool = scene.namespace;
  for (let i = 0; i < nodes; i++) await addNode(scene, `${pool}-${i}`);
  const traffic = new DialTraffic(CALM);
  const fleet = await startChat(scene, traffic);
  const series = new ReplicaSeries(scene.kube, `/apis/apps/v1/namespaces/${pool}/deployments`);
  scene.after(() => series.stop());
  const kiscaler = await Kiscaler.open(scene, { tick: TICK });
  const triggers = [externalTrigger(kiscaler.address, KEYS)];
  const pods = { ...CHAT_PODS, gpus: 4, pool };
  await scene.scale({ name: 'chat', triggers, behavior, spec: { maxReplicaCount: 20 } }, pods);
  await scene.until('a pod serves', 90, async () => fleet.readyReplicas >= 1);
  return { fleet, traffic, kiscaler, series };
}

const ready = (fleet: DrivenFleet, count: number) => async (): Promise<boolean | string> =>
  fleet.readyReplicas >= count || `${fleet.readyReplicas}`;

/** The surge is over: waits until fewer replicas are wanted than at its end. How many stay for its next is the policy's affair. */
async function calms(scene: Scene, { traffic, kiscaler }: Setting): Promise<string> {
  const before = await scene.replicas('chat');
  traffic.rate = CALM;
  let found = before;
  const seconds = await scene.until(`fewer than ${before} replicas in the calm`, 150, async () => {
    found = await scene.replicas('chat');
    const decision = await kiscaler.decision(scene.namespace, 'chat', KEYS);
    return found < before || `${found}: ${decision?.sentence ?? 'no decision'}`;
  });
  return `${found} instead of ${before} ${seconds.toFixed(0)} s after the surge`;
}

describe('when the cluster is not what it was', () => {
  story(
    'GPU stock-out: more is wanted than there is room for, and the decision does not wind up',
    async (scene) => {
      const setting = await start(scene, 1);
      const { fleet, traffic, series } = setting;
      traffic.rate = SURGE;
      await scene.until('more wanted than the node has room for', 120, async () => (await scene.replicas('chat')) >= 3);
      const decided: number[] = [];
      const until = Date.now() + 90_000;
      await scene.until('a minute and a half of it', 120, async () => {
        decided.push(await scene.replicas('chat'));
        expect(fleet.readyReplicas, 'ready').to.be.at.most(2);
        return Date.now() > until;
      });
      const half = decided.length / 2;
      const [early, late] = [Math.max(...decided.slice(0, half)), Math.max(...decided.slice(half))];
      scene.note(`2 ready of ${decided.at(-1)} wanted; at most ${early} in the first half, ${late} in the second`);
      expect(late, 'no winding up').to.be.at.most(early + 1);
      await addNode(scene, `${scene.namespace}-more`);
      await scene.until('pods on the new node', 60, ready(fleet, 3));
      const calm = await calms(scene, setting);
      scene.note(`${calm}; ${series.of('chat').length} changes seen`);
      const withdrawn = await scene.until('what has no room is withdrawn', 150, async () => {
        const found = await scene.replicas('chat');
        return found <= fleet.readyReplicas || `${found} with ${fleet.readyReplicas} ready`;
      });
      scene.note(`what had no room withdrawn after ${withdrawn.toFixed(0)} s more`);
    },
    { needsOwnBed: true, isFull: true },
  );

  story(
    'a node is lost in a surge: its pods are replaced, none is taken away',
    async (scene) => {
      const setting = await start(scene, 4);
      const { fleet, traffic } = setting;
      traffic.rate = SURGE;
      await scene.until('ready pods', 150, ready(fleet, 3));
      const before = await scene.replicas('chat');
      const pods = await scene.kube.list<{ metadata: { name: string }; spec: { nodeName?: string } }>(
        `/api/v1/namespaces/${scene.namespace}/pods`,
      );
      const serving = new Set(fleet.servingPods());
      const node = pods.find(({ metadata }) => serving.has(metadata.name))?.spec.nodeName;
      const lost = pods.filter(({ spec, metadata }) => spec.nodeName === node && serving.has(metadata.name));
      for (const { metadata } of lost) fleet.remove(metadata.name);
      await scene.kube.delete(`/api/v1/nodes/${node}`);
      let lowest = before;
      const left = fleet.readyReplicas;
      const seconds = await scene.until('as many ready pods as before', 240, async () => {
        lowest = Math.min(lowest, await scene.replicas('chat'));
        return fleet.readyReplicas >= left + lost.length || `${fleet.readyReplicas}`;
      });
      expect(lowest, 'replicas wanted meanwhile').to.be.at.least(Math.min(before, left));
      scene.note(
        `${lost.length} of ${left + lost.length} pods lost with ${fleet.ledger.outcomes.lost} requests; as many again after ${seconds.toFixed(0)} s, wanted ${before}, at least ${lowest}`,
      );
      scene.note(await calms(scene, setting));
    },
    { needsOwnBed: true, isFull: true },
  );

  story(
    'a roll-out in the middle of a surge: the count stays what we decide, surge pods and all',
    async (scene) => {
      const setting = await start(scene, 10);
      const { fleet, traffic, kiscaler, series } = setting;
      traffic.rate = SURGE;
      await scene.until('ready pods', 150, ready(fleet, 3));
      const path = scene.path('deployments', 'chat');
      await scene.kube.patch(path, { spec: { template: { metadata: { annotations: { release: '2' } } } } });
      const decided = new Set<number>();
      const from = Date.now() / 1000;
      const seconds = await scene.until('rolled out', 240, async () => {
        const decision = await kiscaler.decide(scene.namespace, 'chat', KEYS);
        if (decision !== undefined) decided.add(decision);
        const { spec, status } = await scene.deployment('chat');
        const { updatedReplicas = 0, replicas = 0, readyReplicas = 0 } = status;
        if (updatedReplicas === replicas && readyReplicas === spec.replicas && replicas === spec.replicas) return true;
        return `${updatedReplicas} updated, ${readyReplicas} ready of ${replicas}`;
      });
      const counts = series.of('chat').filter(({ at }) => at >= from);
      const foreign = counts.filter(({ spec }) => !decided.has(spec)).map(({ spec }) => spec);
      const surplus = Math.max(...counts.map(({ spec, status }) => status - spec));
      scene.note(
        `rolled out in ${seconds.toFixed(0)} s with up to ${surplus} pods beyond the count; ${fleet.ledger.outcomes.lost} requests lost`,
      );
      // The count of before the first look may stand for a sync.
      expect(new Set(foreign).size, `counts that nobody decided: ${foreign}`).to.be.at.most(1);
      scene.note(await calms(scene, setting));
    },
    { needsOwnBed: true, isFull: true },
  );
});
