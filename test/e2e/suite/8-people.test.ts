import { expect } from 'chai';
import type { KubeObject } from '../support/kube.js';
import { EXACT_BEHAVIOR, externalTrigger, POLL } from '../support/objects.js';
import { ReplicaSeries } from '../support/replica-series.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { StubScaler } from '../support/stub-scaler.js';

const behavior = EXACT_BEHAVIOR;
const SOON = 2 * POLL + 20;
/** What KEDA does to an object waits for its turn among those of the other stories. */
const TURN = 120;
const KEDA = 'autoscaling.keda.sh';

/** A fleet of `replicas` under a stub. */
async function start(scene: Scene, name: string, replicas: number, spec: object = {}): Promise<StubScaler> {
  const stub = await StubScaler.open(scene);
  stub.set(name, replicas);
  await scene.scale({ name, triggers: [externalTrigger(stub.address)], behavior, spec: { ...spec } });
  await scene.reaches(name, replicas, 60);
  return stub;
}

const deployments = (scene: Scene): ReplicaSeries => {
  const series = new ReplicaSeries(scene.kube, `/apis/apps/v1/namespaces/${scene.namespace}/deployments`);
  scene.after(() => series.stop());
  return series;
};

const counts = (series: ReplicaSeries, name: string): readonly number[] =>
  series
    .of(name)
    .map(({ spec }) => spec)
    .filter((count, i, all) => count !== all[i - 1]);

describe('what people do to a ScaledObject', () => {
  story('pause annotations: nobody asks while paused, a fixed count, and one way only', async (scene) => {
    const stub = await start(scene, 'paused', 5);
    await scene.annotate('paused', { [`${KEDA}/paused`]: 'true' });
    await scene.until('the HPA is gone', TURN, async () => (await scene.hpaMetrics('paused')) === undefined);
    // A question on its way when the HPA went.
    await scene.stays('paused', 5, 1);
    const asked = stub.asks.length;
    stub.set('paused', 9);
    await scene.stays('paused', 5, 3 * POLL);
    expect(stub.asks.length, 'questions while paused').to.equal(asked);
    await scene.annotate('paused', { [`${KEDA}/paused`]: null });
    scene.note(`9 again ${(await scene.reaches('paused', 9, TURN)).toFixed(1)} s after the pause`);

    await scene.annotate('paused', { [`${KEDA}/paused-replicas`]: '3' });
    await scene.reaches('paused', 3, TURN);
    await scene.stays('paused', 3, 2 * POLL);
    await scene.annotate('paused', { [`${KEDA}/paused-replicas`]: null });
    await scene.reaches('paused', 9, TURN);

    for (const [way, held, free] of [
      ['paused-scale-in', 4, 12],
      ['paused-scale-out', 15, 2],
    ] as const) {
      const before = await scene.replicas('paused');
      await scene.annotate('paused', { [`${KEDA}/${way}`]: 'true' });
      await scene.until(`${way} is in the HPA`, TURN, async () => {
        const rules = (await scene.hpa('keda-hpa-paused'))?.spec.behavior;
        return rules?.[way === 'paused-scale-in' ? 'scaleDown' : 'scaleUp']?.selectPolicy === 'Disabled';
      });
      stub.set('paused', held);
      await scene.stays('paused', before, 2 * POLL);
      stub.set('paused', free);
      await scene.reaches('paused', free, SOON);
      stub.set('paused', held);
      await scene.stays('paused', free, POLL);
      await scene.annotate('paused', { [`${KEDA}/${way}`]: null });
      await scene.reaches('paused', held, TURN);
    }
  });

  story('force-activation keeps an idle fleet awake, whatever we say', async (scene) => {
    const stub = await StubScaler.open(scene);
    stub.set('forced', 0);
    const triggers = [externalTrigger(stub.address)];
    await scene.scale({ name: 'forced', triggers, behavior, spec: { minReplicaCount: 0 } }, { replicas: 0 });
    await scene.stays('forced', 0, 2 * POLL);
    await scene.annotate('forced', { [`${KEDA}/force-activation`]: 'true' });
    scene.note(`awake after ${(await scene.reaches('forced', 1, TURN)).toFixed(1)} s`);
    await scene.stays('forced', 1, 2 * POLL);
    await scene.annotate('forced', { [`${KEDA}/force-activation`]: null });
    scene.note(`asleep again after ${(await scene.reaches('forced', 0, SOON)).toFixed(1)} s`);
  });

  story('the HPA edited and deleted by hand, replicas set by hand', async (scene) => {
    const stub = await start(scene, 'edited', 9);
    const series = deployments(scene);
    const hpa = scene.path('horizontalpodautoscalers', 'keda-hpa-edited');
    await scene.kube.patch(hpa, { spec: { maxReplicas: 3 } });
    const back = await scene.until('KEDA has put the maximum back', TURN, async () => {
      const found = (await scene.hpa('keda-hpa-edited'))?.spec.maxReplicas;
      return found === 100 || `${found}`;
    });
    await scene.reaches('edited', 9, SOON);
    await scene.stays('edited', 9, 2 * POLL);
    const lowest = Math.min(...counts(series, 'edited'));
    scene.note(`a maximum of 3 put back after ${back.toFixed(1)} s; lowest count meanwhile ${lowest}`);

    await scene.kube.delete(hpa);
    const again = await scene.until('KEDA has made it again', TURN, async () => {
      return (await scene.hpaMetrics('edited'))?.[0] === 's0-kiscaler-replicas';
    });
    stub.set('edited', 7);
    await scene.reaches('edited', 7, SOON);
    scene.note(`deleted: made again after ${again.toFixed(1)} s`);

    await scene.kube.scale(scene.path('deployments', 'edited'), 2);
    scene.note(`2 by hand: 7 again after ${(await scene.reaches('edited', 7, SOON)).toFixed(1)} s`);
  });

  story("a user's own HPA becomes ours and goes back, without a dip", async (scene) => {
    const series = deployments(scene);
    const stub = await StubScaler.open(scene);
    stub.set('owned', 6);
    const theirs = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'their-own', namespace: scene.namespace },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'owned' },
        minReplicas: 4,
        maxReplicas: 10,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
      },
    } as KubeObject;
    await scene.apply(theirs);
    const advanced = { horizontalPodAutoscalerConfig: { name: 'their-own', behavior } };
    const annotations = { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' };
    const uid = (await scene.hpa('their-own'))?.metadata.uid;
    await scene.put(
      { name: 'owned', triggers: [externalTrigger(stub.address)], spec: { advanced, minReplicaCount: 1 }, annotations },
      { replicas: 5 },
    );
    const metrics = async (): Promise<readonly string[]> =>
      ((await scene.hpa('their-own'))?.spec.metrics ?? []).map(({ type, external }) => external?.metric.name ?? type);
    await scene.until('their HPA has our metric', TURN, async () => {
      const found = await metrics();
      return (found.length === 1 && found[0] === 's0-kiscaler-replicas') || String(found);
    });
    scene.note(`ours after ${(await scene.reaches('owned', 6, SOON)).toFixed(1)} s`);
    expect((await scene.hpa('their-own'))?.metadata.uid, 'the same object').to.equal(uid);
    expect(await scene.hpa('keda-hpa-owned'), 'a second HPA').to.equal(undefined);

    await scene.kube.delete(scene.path('scaledobjects', 'owned'));
    const gone = await scene
      .until('their HPA has gone with the ScaledObject', TURN, async () => (await scene.hpa('their-own')) === undefined)
      .then((seconds) => `gone with the ScaledObject after ${seconds.toFixed(1)} s, to be applied again`)
      .catch(() => 'still there after the ScaledObject');
    await scene.apply(theirs);
    await scene.stays('owned', 6, 3 * POLL);
    expect(await metrics()).to.deep.equal(['Resource']);
    expect(counts(series, 'owned')).to.deep.equal([5, 6]);
    scene.note(`back: their HPA ${gone}; 6 throughout`);
  });

  story('scalingModifiers: a floor, a cap, and a value for when we are silent', async (scene) => {
    const [ours, theirs] = [await StubScaler.open(scene), await StubScaler.open(scene)];
    const named = (stub: StubScaler, name: string): object => ({ ...externalTrigger(stub.address), name });
    const triggers = [named(ours, 'policy'), named(theirs, 'today')];
    const run = async (
      name: string,
      formula: string,
      cases: readonly (readonly [policy: number | undefined, today: number, expected: number])[],
      spec: object = {},
    ): Promise<void> => {
      const advanced = {
        scalingModifiers: { formula, target: '1', metricType: 'AverageValue' },
        horizontalPodAutoscalerConfig: { behavior },
      };
      await scene.put({ name, triggers, spec: { advanced, ...spec } });
      for (const [policy, today, expected] of cases) {
        ours.set(name, policy ?? 'KIS_METRICS_DOWN');
        theirs.set(name, today);
        await scene.reaches(name, expected, 60);
        await scene.stays(name, expected, POLL);
      }
      scene.note(`${formula}: as told`);
    };
    await Promise.all([
      run('floor', 'max(policy, 3.0)', [
        [7, 1, 7],
        [2, 1, 3],
      ]),
      run('cap', 'min(policy, today)', [
        [4, 6, 4],
        [9, 6, 6],
      ]),
      run(
        'silent',
        'policy ?? today ?? 2.0',
        [
          [8, 3, 8],
          [undefined, 3, 3],
          [5, 3, 5],
        ],
        { fallback: { failureThreshold: 3, replicas: 2, behavior: 'scalingModifiers' } },
      ),
    ]);
  });

  story('two triggers, policy and cron: the larger counts, and ours alone when the hour is over', async (scene) => {
    const stub = await StubScaler.open(scene);
    stub.set('timed', 2);
    const now = new Date();
    // Over at a full minute, from 45 to 105 s away.
    const end = new Date(now.getTime() + 45_000 + 60_000 - ((now.getTime() + 45_000) % 60_000));
    const cron = {
      type: 'cron',
      metadata: {
        timezone: 'UTC',
        start: `${new Date(end.getTime() - 600_000).getUTCMinutes()} * * * *`,
        end: `${end.getUTCMinutes()} * * * *`,
        desiredReplicas: '6',
      },
    };
    await scene.scale({ name: 'timed', triggers: [externalTrigger(stub.address), cron], behavior });
    await scene.reaches('timed', 6, 30);
    stub.set('timed', 8);
    await scene.reaches('timed', 8, SOON);
    stub.set('timed', 2);
    await scene.reaches('timed', 6, SOON);
    const seconds = await scene.reaches('timed', 2, 150);
    scene.note(
      `down to ours ${((Date.now() - end.getTime()) / 1000).toFixed(1)} s after the hour (waited ${seconds.toFixed(0)} s)`,
    );
    stub.set('timed', 1);
    await scene.reaches('timed', 1, SOON);
  });
});
