import { expect } from 'chai';
import type { KubeObject } from '../support/kube.js';
import { EXACT_BEHAVIOR, externalTrigger } from '../support/objects.js';
import { OldScaler } from '../support/old-scaler.js';
import { story } from '../support/stories.js';
import { StubScaler } from '../support/stub-scaler.js';

const behavior = EXACT_BEHAVIOR;

interface Job {
  readonly status: { readonly active?: number };
}

describe("KEDA's own cases", () => {
  story('row 4: external_push_scaler_old_proto, a scaler that knows whole numbers and four calls', async (scene) => {
    const old = await OldScaler.open(scene, 0);
    const spec = { pollingInterval: 5, cooldownPeriod: 10, minReplicaCount: 0, maxReplicaCount: 3 };
    const triggers = [externalTrigger(old.address, {}, 'external-push')];
    await scene.scale({ name: 'old', triggers, spec, behavior }, { replicas: 0 });
    await scene.stays('old', 0, 5);
    for (const [count, within] of [
      [1, 60],
      [2, 120],
      [0, 120],
    ] as const) {
      old.set(count);
      scene.note(`${count} in ${(await scene.reaches('old', count, within)).toFixed(1)} s of ${within}`);
    }
  });

  story('row 4: external_scaler_sj, as many jobs as we say and no more', async (scene) => {
    const stub = await StubScaler.open(scene);
    stub.set('jobs', 0);
    // KEDA takes no metricType here.
    const { metricType: _, ...trigger } = externalTrigger(stub.address);
    await scene.apply({
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledJob',
      metadata: { name: 'jobs', namespace: scene.namespace },
      spec: {
        jobTargetRef: {
          template: { spec: { restartPolicy: 'Never', containers: [{ name: 'batch', image: 'batch' }] } },
        },
        pollingInterval: 5,
        maxReplicaCount: 3,
        triggers: [trigger],
      },
    } as KubeObject);
    const active = async (): Promise<number> => {
      const jobs = await scene.kube.list<Job>(`/apis/batch/v1/namespaces/${scene.namespace}/jobs`);
      return jobs.reduce((sum, { status }) => sum + (status.active ?? 0), 0);
    };
    await scene.until('it was asked', 60, async () => stub.asks.length > 0);
    stub.set('jobs', 3);
    let most = 0;
    const is = (count: number) => async (): Promise<boolean | string> => {
      const found = await active();
      most = Math.max(most, found);
      return found === count || `${found}`;
    };
    scene.note(`3 jobs in ${(await scene.until('three jobs', 60, is(3))).toFixed(1)} s of 60`);
    stub.set('jobs', 0);
    scene.note(`none in ${(await scene.until('no job', 120, is(0))).toFixed(1)} s of 120`);
    expect(most, 'jobs at once').to.equal(3);
  });
});
