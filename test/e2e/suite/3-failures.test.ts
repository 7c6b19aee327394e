import { expect } from 'chai';
import { doorAuthentication, doorTrigger, EXACT_BEHAVIOR, externalTrigger, POLL } from '../support/objects.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { StubScaler } from '../support/stub-scaler.js';

const behavior = EXACT_BEHAVIOR;
const DEAD_FOR = 300;
const STATIC = { failureThreshold: 3, replicas: 2, behavior: 'static' };

const isFallback = async (scene: Scene, name: string): Promise<boolean> =>
  (await scene.condition(name, 'Fallback'))?.status === 'True';

describe('when something fails', () => {
  story('row 5: a dead scaler freezes its fleet for five minutes, and no fallback comes (keda#8056)', async (scene) => {
    const stub = await StubScaler.open(scene);
    stub.set('frozen', 7);
    const triggers = [externalTrigger(stub.address)];
    await scene.scale({ name: 'frozen', triggers, behavior, spec: { fallback: STATIC } });
    await scene.reaches('frozen', 7, 60);
    await stub.kill();
    stub.set('frozen', 4);
    await scene.stays('frozen', 7, DEAD_FOR);
    expect(await isFallback(scene, 'frozen'), 'fallback').to.equal(false);
    scene.note(`${await scene.failures('frozen')} failures counted in ${DEAD_FOR} s`);
    await stub.resume();
    // gRPC waits up to two minutes between attempts to connect.
    scene.note(`recovered in ${(await scene.reaches('frozen', 4, 180)).toFixed(1)} s`);
  });

  story('external-push, a dead scaler: what KEDA makes of the metric spec that was streamed to it', async (scene) => {
    const stub = await StubScaler.open(scene);
    stub.set('pushed', 7);
    const triggers = [externalTrigger(stub.address, {}, 'external-push')];
    await scene.scale({ name: 'pushed', triggers, behavior, spec: { fallback: STATIC } });
    await scene.reaches('pushed', 7, 60);
    const stream = scene.bed.keda === 'keda' ? 'StreamMetricSpec' : 'StreamIsActive';
    await scene.until(`${stream} is open`, 30, async () => stub.open(stream) === 1);
    await stub.kill();
    await scene.stays('pushed', 7, 90);
    scene.note(`frozen for 90 s, ${await scene.failures('pushed')} failures counted, like external`);
    await stub.resume();
    stub.set('pushed', 4);
    scene.note(`recovered in ${(await scene.reaches('pushed', 4, 120)).toFixed(1)} s`);
  });

  story('row 6: GetMetrics failing alone brings the fallback after its threshold, and its end', async (scene) => {
    const stub = await StubScaler.open(scene);
    stub.set('falls', 6);
    const triggers = [externalTrigger(stub.address)];
    await scene.scale({ name: 'falls', triggers, behavior, spec: { fallback: STATIC } });
    await scene.reaches('falls', 6, 60);
    stub.set('falls', 'KIS_METRICS_DOWN');
    const seconds = await scene.until('the fallback', 60, () => isFallback(scene, 'falls'));
    scene.note(`fallback after ${seconds.toFixed(1)} s`);
    await scene.reaches('falls', 2, 30);
    stub.set('falls', 5);
    scene.note(`the true count again after ${(await scene.reaches('falls', 5, 30)).toFixed(1)} s`);
    // The condition is KEDA's to clear, and it has been seen to stay for more than a minute.
    scene.note(
      (await isFallback(scene, 'falls')) ? 'condition Fallback still True by then' : 'condition Fallback cleared',
    );
  });

  story('§8.6: an outage of metrics wakes an idle fleet that has a fallback; a dead scaler does not', async (scene) => {
    const stub = await StubScaler.open(scene);
    for (const name of ['woken', 'asleep']) {
      stub.set(name, 0);
      const spec = { minReplicaCount: 0, ...(name === 'woken' ? { fallback: STATIC } : {}) };
      await scene.scale({ name, triggers: [externalTrigger(stub.address)], behavior, spec }, { replicas: 0 });
      stub.set(name, 'KIS_METRICS_DOWN');
    }
    scene.note(`woken to 2 in ${(await scene.reaches('woken', 2, 60)).toFixed(1)} s`);
    await scene.stays('asleep', 0, 2 * POLL);
  });

  story('§8.7: two gRPC triggers: the larger counts; an unreachable one freezes the other', async (scene) => {
    const [first, second] = [await StubScaler.open(scene), await StubScaler.open(scene)];
    const both = (a: number, b: number): void => {
      first.set('two', a);
      second.set('two', b);
    };
    both(9, 4);
    const triggers = [externalTrigger(first.address), externalTrigger(second.address)];
    await scene.scale({ name: 'two', triggers, behavior, spec: { fallback: STATIC } });
    await scene.reaches('two', 9, 60);
    both(4, 7);
    await scene.reaches('two', 7, 30);
    both(3, 2);
    await scene.reaches('two', 3, 30);
    await second.kill();
    first.set('two', 12);
    await scene.stays('two', 3, 6 * POLL);
    first.set('two', 1);
    await scene.stays('two', 3, 4 * POLL);
    scene.note('frozen up and down, fallback or not');
    await second.resume();
    second.set('two', 5);
    await scene.reaches('two', 5, 30);
  });

  story('§8.8: behind the second door a dead scaler leaves the other trigger alone', async (scene) => {
    const [theirs, ours] = [await StubScaler.open(scene), await StubScaler.open(scene)];
    await scene.apply(...doorAuthentication(scene.namespace));
    theirs.set('canary', 5);
    ours.set('canary', 2);
    const triggers = [externalTrigger(theirs.address), doorTrigger(ours.decisionUrl(scene.namespace, 'canary'))];
    const fallback = { failureThreshold: 3, replicas: 2, behavior: 'static' };
    await scene.scale({ name: 'canary', triggers, behavior, spec: { fallback } });
    await scene.reaches('canary', 5, 60);
    ours.set('canary', 7);
    await scene.reaches('canary', 7, 30);
    await ours.kill();
    theirs.set('canary', 9);
    await scene.reaches('canary', 9, 30);
    theirs.set('canary', 3);
    scene.note(`today's rule scales down again after ${(await scene.reaches('canary', 3, 60)).toFixed(1)} s`);
    await scene.until('the fallback of our trigger', 60, () => isFallback(scene, 'canary'));
    theirs.set('canary', 6);
    await scene.reaches('canary', 6, 30);
    await ours.resume();
    ours.set('canary', 8);
    await scene.reaches('canary', 8, 60);
    ours.set('canary', 'KIS_METRICS_DOWN');
    theirs.set('canary', 4);
    await scene.reaches('canary', 4, 60);
    scene.note('a refusal (503) counts like a dead one');
  });
});
