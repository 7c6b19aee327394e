import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CHAT_KEYS, CHAT_PODS, DialTraffic, Exposure, startChat } from '../support/chat-fleet.js';
import { Kiscaler } from '../support/kiscaler.js';
import { EXACT_BEHAVIOR, externalTrigger } from '../support/objects.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { Valve } from '../support/valve.js';

const TICK = 2;
const [CALM, SURGE] = [1, 8];
const behavior = {
  ...EXACT_BEHAVIOR,
  scaleDown: { ...EXACT_BEHAVIOR.scaleDown, stabilizationWindowSeconds: 6 },
};

interface Surged {
  readonly kiscaler: Kiscaler;
  readonly traffic: DialTraffic;
  readonly exposure: Exposure;
}

/** A fleet in the middle of a surge: at least three ready pods, on our decisions. */
async function surge(scene: Scene, prometheusUrl = scene.bed.prometheusUrl): Promise<Surged> {
  const traffic = new DialTraffic(SURGE);
  const exposure = new Exposure();
  const fleet = await startChat(scene, traffic, { exposure });
  const kiscaler = await Kiscaler.open(scene, { tick: TICK, prometheusUrl });
  const triggers = [externalTrigger(kiscaler.address, CHAT_KEYS)];
  await scene.scale({ name: 'chat', triggers, behavior, spec: { maxReplicaCount: 8 } }, CHAT_PODS);
  await scene.until('ready pods in the surge', 150, async () => fleet.readyReplicas >= 3 || `${fleet.readyReplicas}`);
  return { kiscaler, traffic, exposure };
}

/** Watches until `isOver`, or for so many seconds, that nothing is taken away; gives the seconds and the count at the end. */
async function neverFewer(
  scene: Scene,
  seconds: number,
  isOver: () => Promise<boolean>,
): Promise<{ readonly seconds: number | undefined; readonly count: number }> {
  const started = Date.now();
  let count = await scene.replicas('chat');
  const found = await scene
    .until('it is over', seconds, async () => {
      const now = await scene.replicas('chat');
      if (now < count) throw new RangeError(`from ${count} to ${now} on signals that are not to be trusted`);
      count = now;
      return isOver();
    })
    .catch((cause: unknown) => {
      if (cause instanceof RangeError) throw cause;
      return undefined;
    });
  return { seconds: found === undefined ? undefined : (Date.now() - started) / 1000, count };
}

const isSilent = (scene: Scene, kiscaler: Kiscaler) => async (): Promise<boolean> =>
  (await kiscaler.decide(scene.namespace, 'chat', CHAT_KEYS)) === undefined;

async function goesDown(scene: Scene, below: number): Promise<number> {
  return scene.until(`fewer than ${below} replicas in the calm`, 120, async () => {
    const found = await scene.replicas('chat');
    return found < below || `${found}`;
  });
}

describe('when signals cannot be trusted', () => {
  story(
    'Prometheus slow, then hanging: never fewer, at once an answer or none, and back',
    async (scene) => {
      const valve = await Valve.open(scene, Number(new URL(scene.bed.prometheusUrl).port));
      const { kiscaler, traffic } = await surge(scene, `http://${valve.address}`);
      const tookLongest = { seconds: 0 };
      const ask = async (): Promise<boolean> => {
        const started = performance.now();
        const decided = await kiscaler.decide(scene.namespace, 'chat', CHAT_KEYS);
        tookLongest.seconds = Math.max(tookLongest.seconds, (performance.now() - started) / 1000);
        return decided === undefined;
      };
      traffic.rate = CALM;
      valve.delay = 0.3;
      // Slow is not wrong: decisions go on, down included.
      const before = await scene.replicas('chat');
      scene.note(`0.3 s late: down after ${(await goesDown(scene, before)).toFixed(0)} s`);
      traffic.rate = SURGE;
      await scene.until('up again', 120, async () => (await scene.replicas('chat')) >= 3);
      valve.delay = 0;
      valve.isShut = true;
      traffic.rate = CALM;
      const hung = await neverFewer(scene, 90, ask);
      expect(hung.seconds, 'silent in the end').to.not.equal(undefined);
      scene.note(`hanging: answers for ${hung.seconds?.toFixed(0)} s from memory, then none; held at ${hung.count}`);
      expect(tookLongest.seconds, 'seconds for an answer, with a second of the machine').to.be.below(2);
      valve.isShut = false;
      scene.note(`back: down after ${(await goesDown(scene, hung.count)).toFixed(0)} s`);
    },
    { needsOwnBed: true, isFull: true },
  );

  story(
    'engine metrics renamed, as by an upgrade: never fewer, then no answer, and back',
    async (scene) => {
      const { kiscaler, traffic, exposure } = await surge(scene);
      exposure.prefix = 'vllm_v2:';
      traffic.rate = CALM;
      const renamed = await neverFewer(scene, 90, isSilent(scene, kiscaler));
      expect(renamed.seconds, 'silent in the end').to.not.equal(undefined);
      scene.note(`answers for ${renamed.seconds?.toFixed(0)} s more, held at ${renamed.count}`);
      await scene.stays('chat', renamed.count, 20);
      exposure.prefix = 'vllm:';
      scene.note(`named as before: down after ${(await goesDown(scene, renamed.count)).toFixed(0)} s`);
    },
    { needsOwnBed: true, isFull: true },
  );

  story(
    'half the targets down: a half-seen fleet keeps its replicas',
    async (scene) => {
      const { kiscaler, traffic, exposure } = await surge(scene);
      let pods = 0;
      const hidden = new Map<string, boolean>();
      exposure.isHidden = (pod) => {
        const known = hidden.get(pod) ?? pods++ % 2 === 1;
        hidden.set(pod, known);
        return known;
      };
      traffic.rate = CALM;
      const half = await neverFewer(scene, 60, async () => false);
      const decided = await kiscaler.decide(scene.namespace, 'chat', CHAT_KEYS);
      scene.note(`${half.count} for a minute in the calm, decision ${decided ?? 'refused'}`);
      exposure.isHidden = () => false;
      scene.note(`seen again: down after ${(await goesDown(scene, half.count)).toFixed(0)} s`);
    },
    { needsOwnBed: true, isFull: true },
  );

  story(
    'Prometheus frozen, then restarted empty, kiscaler too: never fewer on a short memory',
    async (scene) => {
      const { kiscaler, traffic } = await surge(scene);
      const prometheus = scene.bed.processes.find('prometheus');
      prometheus.freeze();
      const frozen = await neverFewer(scene, 60, isSilent(scene, kiscaler));
      scene.note(`frozen: answers for ${frozen.seconds?.toFixed(0)} s`);
      prometheus.kill();
      await prometheus.stop();
      rmSync(join(scene.bed.folder, 'prometheus'), { recursive: true, force: true });
      kiscaler.process.kill();
      await prometheus.start();
      await kiscaler.process.start();
      const empty = await neverFewer(scene, 90, async () => !(await isSilent(scene, kiscaler)()));
      expect(empty.seconds, 'decides again').to.not.equal(undefined);
      scene.note(`both empty: decides again after ${empty.seconds?.toFixed(0)} s at ${empty.count}`);
      traffic.rate = CALM;
      scene.note(`down ${(await goesDown(scene, empty.count)).toFixed(0)} s after the surge`);
    },
    { needsOwnBed: true, isAlone: true, isFull: true },
  );
});
