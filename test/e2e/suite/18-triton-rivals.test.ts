import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import { quantileSorted } from '../../../src/base/statistics.js';
import { DEFAULT_GRID } from '../../../src/decision/window.js';
import { findTriton, type TritonInstallation } from '../../fidelity/triton/venv.js';
import { DATA, WITHOUT_DATA } from '../../support/data.js';
import { Kiscaler } from '../support/kiscaler.js';
import { DRIVEN } from '../support/kwok.js';
import { deployment, externalTrigger, RECOMMENDED } from '../support/objects.js';
import { DRAIN, PodAgent } from '../support/pod-agent.js';
import { PodMeter } from '../support/pod-meter.js';
import { readArrivals } from '../support/real-hour.js';
import { prometheusTrigger } from '../support/rival-triggers.js';
import { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { poisson, TritonPods } from '../support/triton-pods.js';

/**
 * So many times as slow are the kernels, as few the requests and as long the objective, on a machine where hundreds of requests a
 * second are too many: the load in replicas stays what it is.
 */
const SLOWER = Number(process.env['TRITON_SLOWER'] ?? 1);
/** 190 requests a second at most: 16 in 84 ms. */
const MODEL = { a: 20 * SLOWER, c: 4 * SLOWER, maxBatchSize: 16, preferred: [8, 16], delayMs: 1, instances: 1 };
const [CALM, SURGE, PEAK] = [60 / SLOWER, 300 / SLOWER, 300 / SLOWER];
const APP = 'classifier';
const SLO = 0.5 * SLOWER;
const MAX = 8;
const COLD_START = { phases: { engine: { median: 20, sigma: 0 } } };
const KEYS = {
  engine: 'triton',
  slo: `${SLO}s`,
  sloMetric: 'e2e',
  model: 'model',
  target: APP,
  coldStart: '20s',
  maxReplicas: String(MAX),
  policy: 'learned',
} as const;
/** As the HPA has it by default. */
const HPA_SYNC = 15;
/** Waiting requests per replica. */
const THRESHOLD = 8;
const PODS = { annotations: { [DRIVEN]: 'true' }, finalizers: [DRAIN], gpus: 1 };

interface Contender {
  readonly name: string;
  /** Replicas at the begin; all that it ever has where it has no trigger. */
  readonly replicas: number;
  readonly trigger?: (scene: Scene) => Promise<object> | object;
  readonly behavior?: object;
}

interface Outcome {
  readonly name: string;
  readonly requests: number;
  /** Share of those sent. */
  readonly missed: number;
  readonly replicaSeconds: number;
  readonly most: number;
  readonly p50: number;
  readonly p99: number;
  /** 99th percentile of how late requests were sent, s. */
  readonly lateness: number;
}

const ours: Contender = {
  name: 'kiscaler',
  replicas: 1,
  behavior: RECOMMENDED,
  trigger: async (scene) => {
    const kiscaler = await Kiscaler.open(scene, { tick: DEFAULT_GRID.interval, windowTicks: DEFAULT_GRID.ticks });
    return externalTrigger(kiscaler.address, KEYS);
  },
};
/** The HPA's own behaviour, as it is for who sets none. */
const incumbent: Contender = {
  name: 'KEDA trigger',
  replicas: 1,
  trigger: ({ bed, namespace }) =>
    prometheusTrigger(
      bed.prometheusUrl,
      `sum(nv_inference_pending_request_count{namespace="${namespace}"})`,
      THRESHOLD,
    ),
};
const fixed = (replicas: number): Contender => ({ name: `${replicas} replicas`, replicas });

async function compete(
  parent: Scene,
  triton: TritonInstallation,
  { name, replicas, trigger, behavior }: Contender,
  arrivals: Iterable<number>,
): Promise<Outcome> {
  const scene = await Scene.open(parent.bed, `${parent.namespace}-${name.toLowerCase().replaceAll(' ', '-')}`);
  try {
    const { kube, bed, namespace } = scene;
    const pods = new TritonPods(scene, triton, MODEL);
    const options = { kube, folder: bed.folder, namespace, app: APP, drainGrace: 10, seed: 1 };
    const agent = new PodAgent({ ...options, runtime: pods, coldStart: COLD_START });
    scene.after(() => agent.stop());
    if (trigger) {
      const triggers = [await trigger(scene)];
      await scene.scale({ name: APP, triggers, spec: { maxReplicaCount: MAX }, behavior }, { ...PODS, replicas });
    } else await scene.apply(deployment({ namespace, name: APP, replicas, ...PODS }));
    await scene.until(`${replicas} servers`, 120, async () => pods.ready >= replicas);
    const meter = new PodMeter(scene, Date.now() / 1000);
    let [isOver, most] = [false, 0];
    const watch = (async () => {
      while (!isOver) {
        await meter.look();
        most = Math.max(most, pods.ready);
        await wait(1000);
      }
    })();
    await pods.play(arrivals);
    isOver = true;
    await watch;
    const sorted = pods.latencies.toSorted((a, b) => a - b);
    const late = pods.lateness.toSorted((a, b) => a - b);
    return {
      name,
      requests: sorted.length,
      missed: sorted.filter((seconds) => seconds > SLO).length / sorted.length,
      replicaSeconds: meter.seconds,
      most,
      p50: quantileSorted(sorted, 0.5),
      p99: quantileSorted(sorted, 0.99),
      lateness: quantileSorted(late, 0.99),
    };
  } finally {
    await scene.close();
  }
}

/** Two at a time, on the same arrivals: more, and the clients in this one process would be what is measured. */
async function competeAll(
  scene: Scene,
  triton: TritonInstallation,
  contenders: readonly Contender[],
  arrivals: () => Iterable<number>,
): Promise<readonly Outcome[]> {
  await scene.bed.syncHpasEvery(HPA_SYNC);
  scene.after(() => scene.bed.syncHpasEvery(scene.bed.hpaSync));
  const outcomes: Outcome[] = [];
  for (let i = 0; i < contenders.length; i += 2) {
    const pair = contenders.slice(i, i + 2);
    outcomes.push(...(await Promise.all(pair.map((contender) => compete(scene, triton, contender, arrivals())))));
    writeFileSync(join(scene.bed.folder, `${scene.namespace}.json`), JSON.stringify(outcomes, undefined, 2));
  }
  for (const { name, requests, missed, replicaSeconds, most, p50, p99, lateness } of outcomes)
    scene.note(
      `${name}: ${requests} requests, ${(100 * missed).toFixed(2)} % above ${SLO} s, ${replicaSeconds.toFixed(0)} replica-seconds, at most ${most} ready, p50 ${(1000 * p50).toFixed(0)} ms, p99 ${p99.toFixed(2)} s, sent up to ${(1000 * lateness).toFixed(0)} ms late (p99)`,
    );
  for (const { name, lateness } of outcomes)
    expect(lateness, `p99 of how late requests were sent to ${name}: else the machine is measured`).to.be.below(
      SLO / 10,
    );
  return outcomes;
}

/** Calm, surge and calm. */
function* surge(): Generator<number> {
  const rng = createRng(1).stream('surge');
  let begin = 0;
  for (const [i, [rate, seconds]] of [
    [CALM, 90],
    [SURGE, 150],
    [CALM, 90],
  ].entries() as Iterable<[number, [number, number]]>) {
    for (const at of poisson(rng.stream(`part/${i}`), rate, seconds)) yield begin + at;
    begin += seconds;
  }
}

const triton = findTriton();

describe('real engines beside a rival', () => {
  const why = triton ? WITHOUT_DATA : ' (no tritonserver here: TRITON_VENV, or make triton, which installs one)';
  if (!triton) {
    it.skip(`real Triton servers under a surge, beside a KEDA trigger and fixed fleets${why}`);
    return;
  }

  story(
    'real Triton servers under a surge, beside a KEDA trigger and fixed fleets',
    async (scene) => {
      const [us, them] = await competeAll(scene, triton, [ours, incumbent, fixed(2), fixed(3)], surge);
      expect(us?.missed, 'our misses').to.be.at.most((them?.missed ?? 0) / 3);
      expect(us?.replicaSeconds, 'our replica-seconds').to.be.below(them?.replicaSeconds ?? 0);
    },
    { needsOwnBed: true, isAlone: true, isFull: true },
  );

  const data = DATA;
  if (!data) {
    it.skip(`real Triton servers under ten minutes of a real trace${why}`);
    return;
  }
  story(
    'real Triton servers under ten minutes of a real trace, beside a KEDA trigger and fixed fleets',
    async (scene) => {
      const from = 21 * 3600 + 20 * 60;
      const section = { from, to: from + 600, peak: PEAK };
      const arrivals = readArrivals(data, join(scene.bed.folder, 'targets'), section);
      await competeAll(scene, triton, [ours, incumbent, fixed(2), fixed(3)], () => arrivals);
    },
    { needsOwnBed: true, isAlone: true, isFull: true },
  );
});
