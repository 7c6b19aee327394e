import { expect } from 'chai';
import { doorAuthentication, doorTrigger, EXACT_BEHAVIOR, externalTrigger, POLL } from '../support/objects.js';
import { story } from '../support/stories.js';
import { StubScaler } from '../support/stub-scaler.js';

const behavior = EXACT_BEHAVIOR;
const FROM = 5;

/** Fallback behaviours, the count in the object, and what it makes of five replicas that run. */
const FALLBACKS = [
  ['static', 3, 3],
  ['static', 7, 7],
  ['currentReplicas', 3, FROM],
  ['currentReplicasIfHigher', 3, FROM],
  ['currentReplicasIfHigher', 7, 7],
  ['currentReplicasIfLower', 3, 3],
  ['currentReplicasIfLower', 7, FROM],
] as const;

describe("what KEDA does without our answer (KEDA's tests/internals)", () => {
  story('fallback: every behaviour, above and below what runs', async (scene) => {
    const stub = await StubScaler.open(scene);
    const tell = async ([kind, replicas, expected]: (typeof FALLBACKS)[number]): Promise<void> => {
      const name = `${kind.toLowerCase()}-${replicas}`;
      stub.set(name, FROM);
      const fallback = { failureThreshold: 3, replicas, behavior: kind };
      await scene.scale({ name, triggers: [externalTrigger(stub.address)], behavior, spec: { fallback } });
      await scene.reaches(name, FROM, 60);
      stub.set(name, 'KIS_METRICS_DOWN');
      await scene.until(`${name}: the fallback`, 90, async () => {
        return (await scene.condition(name, 'Fallback'))?.status === 'True';
      });
      await scene.reaches(name, expected, 60);
      await scene.stays(name, expected, 3 * POLL);
      stub.set(name, 2);
      await scene.reaches(name, 2, 60);
    };
    await Promise.all(FALLBACKS.map(tell));
    scene.note(FALLBACKS.map(([kind, replicas, expected]) => `${kind} ${replicas}: ${expected}`).join(', '));
  });

  story('scaling_modifiers: a sum with an activation target, its fallback, and a condition', async (scene) => {
    const [ours, theirs] = [await StubScaler.open(scene), await StubScaler.open(scene)];
    await scene.apply(...doorAuthentication(scene.namespace));
    const door = { ...doorTrigger(ours.decisionUrl(scene.namespace, 'sum')), name: 'ours' };
    const triggers = [door, { ...externalTrigger(theirs.address), name: 'theirs' }];
    const put = (formula: string): Promise<void> =>
      scene.put(
        {
          name: 'sum',
          triggers,
          spec: {
            minReplicaCount: 0,
            maxReplicaCount: 10,
            cooldownPeriod: 5,
            fallback: { failureThreshold: 3, replicas: 5 },
            advanced: {
              scalingModifiers: { formula, target: '2', activationTarget: '2' },
              horizontalPodAutoscalerConfig: { behavior },
            },
          },
        },
        { replicas: 0 },
      );
    ours.set('sum', 0);
    theirs.set('sum', 2);
    await put('ours + theirs');
    await scene.until('both were asked', 60, async () => ours.asks.length > 0 && theirs.asks.length > 0);
    await scene.stays('sum', 0, 4 * POLL);
    ours.set('sum', 3);
    scene.note(`(3 + 2) / 2: 3 in ${(await scene.reaches('sum', 3, 120)).toFixed(1)} s of 120`);
    await ours.kill();
    scene.note(`dead: the fallback of 5 in ${(await scene.reaches('sum', 5, 120)).toFixed(1)} s of 120`);
    await scene.stays('sum', 5, 30);
    await ours.resume();
    ours.set('sum', 2);
    scene.note(`(2 + 2) / 2: 2 in ${(await scene.reaches('sum', 2, 120)).toFixed(1)} s of 120`);
    ours.set('sum', 0);
    await put('count([ours, theirs], {# > 1}) > 1 ? 5 : 0');
    await scene.reaches('sum', 0, 120);
    ours.set('sum', 2);
    scene.note(`both above one: 5 / 2 is 3 in ${(await scene.reaches('sum', 3, 120)).toFixed(1)} s of 120`);
  });

  story('pause_scaledobject_explicitly: both annotations, their order, and what becomes of the HPA', async (scene) => {
    const KEDA = 'autoscaling.keda.sh';
    const [paused, fixed] = [`${KEDA}/paused`, `${KEDA}/paused-replicas`];
    const stub = await StubScaler.open(scene);
    stub.set('held', 0);
    const spec = { minReplicaCount: 0, maxReplicaCount: 10, cooldownPeriod: 5 };
    const triggers = [externalTrigger(stub.address)];
    await scene.scale({ name: 'held', triggers, spec, behavior }, { replicas: 0 });
    const isWithoutHpa = (): Promise<number> =>
      scene.until('no HPA', 120, async () => (await scene.hpa('keda-hpa-held')) === undefined);
    const annotate = (values: Readonly<Record<string, string | null>>): Promise<void> => scene.annotate('held', values);

    await annotate({ [paused]: 'true' });
    await isWithoutHpa();
    stub.set('held', 2);
    await scene.stays('held', 0, 30);
    await annotate({ [paused]: 'false' });
    await scene.reaches('held', 2, 120);
    scene.note('paused "false" is not paused');

    await annotate({ [paused]: 'true' });
    await isWithoutHpa();
    await annotate({ [fixed]: '5' });
    await scene.reaches('held', 5, 120);
    await annotate({ [paused]: null, [fixed]: null });
    await scene.reaches('held', 2, 120);
    await annotate({ [fixed]: '3' });
    await scene.reaches('held', 3, 120);
    await annotate({ [paused]: 'true' });
    stub.set('held', 9);
    await scene.stays('held', 3, 2 * POLL);
    scene.note('both: the fixed count wins, in either order');

    await annotate({ [fixed]: '7' });
    await scene.reaches('held', 7, 120);
    expect(await scene.hpa('keda-hpa-held'), 'an HPA beside a fixed count').to.equal(undefined);
    await annotate({ [fixed]: null });
    await scene.stays('held', 7, 3 * POLL);
    await annotate({ [paused]: null });
    await scene.reaches('held', 9, 120);
    scene.note('a fixed count changed from 3 to 7; taken away, still held at 7');
  });
});
