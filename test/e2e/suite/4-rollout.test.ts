import { expect } from 'chai';
import { CHAT_KEYS, CHAT_PODS, DialTraffic, startChat } from '../support/chat-fleet.js';
import { Kiscaler } from '../support/kiscaler.js';
import {
  doorAuthentication,
  doorTrigger,
  EXACT_BEHAVIOR,
  externalTrigger,
  POLL,
  scaledObject,
} from '../support/objects.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';

const TICK = 2;
const CALM = 1;
const SURGE = 8;
/** Scales down within seconds, where a real fleet would wait minutes: what is tested is who decides. */
const behavior = {
  ...EXACT_BEHAVIOR,
  scaleDown: { ...EXACT_BEHAVIOR.scaleDown, stabilizationWindowSeconds: 6 },
};
const bounds = { minReplicaCount: 1, maxReplicaCount: 8 };

/** What people run today: requests running per replica, from the same Prometheus. */
const incumbent = (scene: Scene): object => ({
  type: 'prometheus',
  metricType: 'AverageValue',
  metadata: {
    serverAddress: scene.bed.prometheusUrl,
    query: `sum(vllm:num_requests_running{namespace="${scene.namespace}"}) or vector(0)`,
    threshold: '8',
  },
});

const SURGED = 90;
const CALMED = 120;

async function atLeast(scene: Scene, replicas: number, what: string): Promise<void> {
  await scene.until(`${what}: at least ${replicas} replicas`, SURGED, async () => {
    const found = await scene.replicas('chat');
    return found >= replicas || `${found}`;
  });
}

async function atMost(scene: Scene, replicas: number, what: string): Promise<void> {
  await scene.until(`${what}: at most ${replicas} replicas`, CALMED, async () => {
    const found = await scene.replicas('chat');
    return found <= replicas || `${found}`;
  });
}

describe('into production and back', () => {
  story(
    'shadow, canary and active on a simulated fleet, with kiscaler killed in each, and back',
    async (scene) => {
      const traffic = new DialTraffic(CALM);
      const fleet = await startChat(scene, traffic);
      const apply = (triggers: readonly object[], spec: object = {}): Promise<unknown> =>
        scene.apply(
          scaledObject({ namespace: scene.namespace, name: 'chat', triggers, behavior, spec: { ...bounds, ...spec } }),
        );
      const today = incumbent(scene);
      await scene.scale({ name: 'chat', triggers: [today], behavior, spec: bounds }, CHAT_PODS);
      await scene.apply(...doorAuthentication(scene.namespace));
      await scene.until('a pod serves', 180, async () => fleet.readyReplicas >= 1);

      // Shadow: nothing but our own configuration knows of it.
      const workloads = [{ namespace: scene.namespace, name: 'chat', metadata: { ...CHAT_KEYS } }];
      const kiscaler = await Kiscaler.open(scene, { tick: TICK, shadows: { workloads } });
      traffic.rate = SURGE;
      await atLeast(scene, 2, "today's rule in the surge");
      await scene.until('a proposal beside what runs', 60, async () => {
        const desired = await kiscaler.metric('kiscaler_desired_replicas', 'chat');
        const off = await kiscaler.metric('kiscaler_shadow_disagreement_replicas', 'chat');
        const current = await kiscaler.metric('kiscaler_current_replicas', 'chat');
        if (desired === undefined || current === undefined) return 'none yet';
        return (
          (off === desired - current && current >= 2 && desired >= 1) || `${desired} beside ${current}, off ${off}`
        );
      });
      expect(await scene.hpaMetrics('chat'), 'only their metric').to.have.length(1);
      kiscaler.process.kill();
      traffic.rate = CALM;
      await atMost(scene, 1, "today's rule, shadow dead");
      await kiscaler.process.start();
      scene.note('shadow: proposals exported, today scales on without us');

      // Canary: the larger of the two; a dead one falls back to the minimum.
      const door = doorTrigger(kiscaler.decisionUrl(scene.namespace, 'chat', CHAT_KEYS));
      await apply([today, door], { fallback: { failureThreshold: 3, replicas: 1, behavior: 'static' } });
      await scene.until('two metrics', 30, async () => (await scene.hpaMetrics('chat'))?.length === 2);
      traffic.rate = SURGE;
      await atLeast(scene, 2, 'canary in the surge');
      await scene.until('ours counts when it is the larger', 60, async () => {
        const ours = await kiscaler.decide(scene.namespace, 'chat', CHAT_KEYS);
        const found = await scene.replicas('chat');
        return (ours !== undefined && found >= ours) || `${found} with ours at ${ours}`;
      });
      kiscaler.process.kill();
      traffic.rate = CALM;
      await atMost(scene, 1, "today's rule, canary dead");
      traffic.rate = SURGE;
      await atLeast(scene, 2, "today's rule up again, canary dead");
      await kiscaler.process.start();
      scene.note("canary: today's rule goes up and down with ours dead");

      // Active: ours alone.
      await apply([externalTrigger(kiscaler.address, CHAT_KEYS)]);
      await scene.until('our metric alone', 60, async () => {
        const names = await scene.hpaMetrics('chat');
        return (names?.length === 1 && names[0] === 's0-kiscaler-replicas') || String(names);
      });
      const follows = (): Promise<number> =>
        scene.until('the fleet is what we decide', 60, async () => {
          const ours = await kiscaler.decide(scene.namespace, 'chat', CHAT_KEYS);
          const found = await scene.replicas('chat');
          return found === ours || `${found} with ours at ${ours}`;
        });
      await follows();
      await atLeast(scene, 2, 'active in the surge');
      kiscaler.process.kill();
      const frozen = await scene.replicas('chat');
      traffic.rate = CALM;
      await scene.stays('chat', frozen, 30);
      await kiscaler.process.start();
      await scene.until(
        'it decides again',
        60,
        async () => (await kiscaler.decide(scene.namespace, 'chat', CHAT_KEYS)) !== undefined,
      );
      await follows();
      await atMost(scene, 2, 'active after the surge');
      scene.note(`active: frozen at ${frozen} while dead, follows again afterwards`);

      // And back.
      await apply([today]);
      await scene.until('their metric alone', 60, async () => {
        const names = await scene.hpaMetrics('chat');
        return (names?.length === 1 && names[0] !== 's0-kiscaler-replicas') || String(names);
      });
      await kiscaler.process.stop();
      traffic.rate = SURGE;
      await atLeast(scene, 2, "today's rule, as before us");
      const { injected, outcomes, misses, inFlight } = fleet.ledger;
      const ended = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
      expect(ended + inFlight, 'every request ends once').to.equal(injected);
      expect(outcomes.lost, 'scale-downs drain').to.equal(0);
      scene.note(`${injected} requests, ${((100 * misses) / injected).toFixed(1)} % missed`);
    },
    { needsOwnBed: true },
  );

  story(
    'Prometheus stopped and back: never fewer, then no answer, then as before',
    async (scene) => {
      const traffic = new DialTraffic(SURGE);
      const fleet = await startChat(scene, traffic);
      const kiscaler = await Kiscaler.open(scene, { tick: TICK });
      const fallback = { failureThreshold: 3, replicas: 1, behavior: 'currentReplicasIfHigher' };
      const triggers = [externalTrigger(kiscaler.address, CHAT_KEYS)];
      await scene.scale({ name: 'chat', triggers, behavior, spec: { ...bounds, fallback } }, CHAT_PODS);
      await atLeast(scene, 3, 'in the surge');
      await scene.until('ready pods', 60, async () => fleet.readyReplicas >= 3);
      const before = await scene.replicas('chat');
      const prometheus = scene.bed.processes.find('prometheus');
      await prometheus.stop();
      traffic.rate = CALM;
      let last = before;
      const silent = await scene.until('no answer any more', 90, async () => {
        const found = await scene.replicas('chat');
        if (found < last) throw new Error(`from ${last} to ${found} with nothing known`);
        last = found;
        return (await kiscaler.decide(scene.namespace, 'chat', CHAT_KEYS)) === undefined;
      });
      await scene.until(
        "KEDA's fallback",
        60,
        async () => (await scene.condition('chat', 'Fallback'))?.status === 'True',
      );
      await scene.stays('chat', last, 4 * POLL);
      await prometheus.start();
      await atMost(scene, last - 1, 'after the outage, in the calm');
      scene.note(`answers for ${silent.toFixed(0)} s from memory, held at ${last}, then down`);
    },
    { isAlone: true, needsOwnBed: true },
  );
});
