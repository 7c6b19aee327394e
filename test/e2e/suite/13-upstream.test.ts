import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import type { KubeObject } from '../support/kube.js';
import { EXACT_BEHAVIOR, externalTrigger, POLL } from '../support/objects.js';
import { OldScaler } from '../support/old-scaler.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { StubScaler } from '../support/stub-scaler.js';

const behavior = EXACT_BEHAVIOR;
/** KEDA counts the jobs that its cache has seen: on a busy machine there is now and then one too many for a moment. */
const UNSEEN = 1;

interface Job {
  readonly status: { readonly active?: number };
}

interface Conditions {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
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

  story('row 4: external_scaler_sj, as many jobs as we say', async (scene) => {
    const stub = await StubScaler.open(scene);
    stub.set('jobs', 0);
    await scene.apply(scaledJob(scene, 'jobs', stub, { maxReplicaCount: 3 }));
    const jobs = new JobCount(scene, 'jobs');
    await scene.until('it was asked', 60, async () => stub.asks.length > 0);
    stub.set('jobs', 3);
    scene.note(`3 jobs in ${(await jobs.reaches(3, 60)).toFixed(1)} s of 60`);
    stub.set('jobs', 0);
    scene.note(`none in ${(await jobs.reaches(0, 300)).toFixed(1)} s of 120; at most ${jobs.most} at once`);
    expect(jobs.most, 'jobs at once').to.be.within(3, 3 + UNSEEN);
  });

  story('min_replica_sj: jobs that are always there, those that we say beside them, and the maximum', async (scene) => {
    const stub = await StubScaler.open(scene);
    for (const [name, minReplicaCount, maxReplicaCount, told, expected] of [
      ['always', 2, 10, 0, 2],
      ['beside', 1, 10, 1, 2],
      ['above', 2, 1, 0, 1],
      ['capped', 2, 4, 3, 4],
    ] as const) {
      stub.set(name, told);
      await scene.apply(scaledJob(scene, name, stub, { minReplicaCount, maxReplicaCount }));
      const jobs = new JobCount(scene, name);
      await jobs.reaches(expected, 60);
      expect(jobs.most, `${name}: jobs at once`).to.be.within(expected, expected + UNSEEN);
      scene.note(
        `${minReplicaCount} always, at most ${maxReplicaCount}, told ${told}: ${expected}; at most ${jobs.most} at once`,
      );
    }
  });

  story('pause_scaledjob: no new job while paused, and again afterwards', async (scene) => {
    const stub = await StubScaler.open(scene);
    stub.set('held', 0);
    await scene.apply(scaledJob(scene, 'held', stub, { maxReplicaCount: 3 }));
    const jobs = new JobCount(scene, 'held');
    const path = `/apis/keda.sh/v1alpha1/namespaces/${scene.namespace}/scaledjobs/held`;
    const annotate = (value: string | null): Promise<unknown> =>
      scene.kube.patch(path, { metadata: { annotations: { 'autoscaling.keda.sh/paused': value } } });
    await scene.until('it was asked', 60, async () => stub.asks.length > 0);
    for (const ending of ['false', null]) {
      await annotate('true');
      await scene.until('paused', 60, async () => {
        const { status } = await scene.kube.get<Conditions>(path);
        return status?.conditions?.some(({ type, status: is }) => type === 'Paused' && is === 'True') ?? false;
      });
      stub.set('held', 2);
      await wait(3000 * POLL);
      expect(await jobs.now(), 'jobs while paused').to.equal(0);
      await annotate(ending);
      await jobs.reaches(2, 120);
      stub.set('held', 0);
      await jobs.reaches(0, 300);
      scene.note(ending === null ? 'annotation taken away: goes on' : 'annotation "false": goes on');
    }
  });
});

function scaledJob({ namespace }: Scene, name: string, stub: StubScaler, bounds: object): KubeObject {
  // KEDA takes no metricType here.
  const { metricType: _, ...trigger } = externalTrigger(stub.address);
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledJob',
    metadata: { name, namespace },
    spec: {
      jobTargetRef: {
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'batch', image: 'batch' }] } },
      },
      pollingInterval: POLL,
      ...bounds,
      triggers: [trigger],
    },
  } as KubeObject;
}

/** Jobs of a ScaledJob that have not ended, now and at most so far. */
class JobCount {
  most = 0;
  readonly #scene: Scene;
  readonly #name: string;

  constructor(scene: Scene, name: string) {
    this.#scene = scene;
    this.#name = name;
  }

  async now(): Promise<number> {
    const { kube, namespace } = this.#scene;
    const query = `?labelSelector=scaledjob.keda.sh%2Fname%3D${this.#name}`;
    const jobs = await kube.list<Job>(`/apis/batch/v1/namespaces/${namespace}/jobs${query}`);
    const count = jobs.reduce((sum, { status }) => sum + (status.active ?? 0), 0);
    this.most = Math.max(this.most, count);
    return count;
  }

  reaches(count: number, within: number): Promise<number> {
    return this.#scene.until(`${this.#name}: ${count} jobs`, within, async () => {
      const found = await this.now();
      return found === count || `${found}`;
    });
  }
}
