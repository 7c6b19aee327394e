import { expect } from 'chai';
import { quantileSorted } from '../../../src/base/statistics.js';
import { findTriton } from '../../fidelity/triton/venv.js';
import { Kiscaler } from '../support/kiscaler.js';
import { DRIVEN } from '../support/kwok.js';
import { EXACT_BEHAVIOR, externalTrigger } from '../support/objects.js';
import { DRAIN, PodAgent } from '../support/pod-agent.js';
import { story } from '../support/stories.js';
import { TritonPods } from '../support/triton-pods.js';

/** 190 requests a second at most: 16 in 84 ms. */
const MODEL = { a: 20, c: 4, maxBatchSize: 16, preferred: [8, 16], delayMs: 1, instances: 1 };
const KEYS = {
  engine: 'triton',
  slo: '500ms',
  sloMetric: 'e2e',
  model: 'model',
  target: 'classifier',
  coldStart: '10s',
  maxReplicas: '6',
  policy: 'planner',
} as const;
const SLO = 0.5;
const PHASES = { image: { median: 2, sigma: 0.1 }, engine: { median: 3, sigma: 0.1 } };
const CALM = { rate: 60, seconds: 40 };
const SURGE = { rate: 240, seconds: 60 };

const triton = findTriton();

describe('real engines', () => {
  if (!triton) {
    it.skip(
      'two minutes of real Triton servers (no tritonserver here: TRITON_VENV, or make triton, which installs one)',
    );
    return;
  }

  story(
    'two minutes of real Triton servers, one per ready pod, under a surge that one of them cannot serve',
    async (scene) => {
      const pods = new TritonPods(scene, triton, MODEL);
      const { kube, bed, namespace } = scene;
      const options = { kube, folder: bed.folder, namespace, app: 'classifier', drainGrace: 10, seed: 1 };
      const agent = new PodAgent({ ...options, runtime: pods, coldStart: { phases: PHASES } });
      scene.after(() => agent.stop());
      const kiscaler = await Kiscaler.open(scene, { tick: 2 });
      const behavior = {
        ...EXACT_BEHAVIOR,
        scaleDown: { ...EXACT_BEHAVIOR.scaleDown, stabilizationWindowSeconds: 15 },
      };
      const triggers = [externalTrigger(kiscaler.address, KEYS)];
      const spec = { maxReplicaCount: 6 };
      const carried = { annotations: { [DRIVEN]: 'true' }, finalizers: [DRAIN], gpus: 1 };
      await scene.scale({ name: 'classifier', triggers, spec, behavior }, carried);
      await scene.until('a server', 90, async () => pods.ready >= 1);

      await pods.load(CALM.rate, CALM.seconds);
      await pods.load(SURGE.rate, SURGE.seconds);
      const inSurge = await scene.replicas('classifier');
      await pods.load(CALM.rate, CALM.seconds);
      const sorted = [...pods.latencies].sort((a, b) => a - b);
      const missed = sorted.filter((seconds) => seconds > SLO).length;
      const failed = sorted.filter((seconds) => !Number.isFinite(seconds)).length;
      expect(inSurge, 'one server does 190 requests a second at most').to.be.at.least(2);
      expect(failed / sorted.length, 'requests without an answer').to.be.below(0.01);
      expect(await kiscaler.decide(namespace, 'classifier', KEYS)).to.be.within(1, 6);
      scene.note(
        `${sorted.length} requests, ${((100 * missed) / sorted.length).toFixed(1)} % above 500 ms, p99 ${quantileSorted(sorted, 0.99).toFixed(2)} s, ${inSurge} replicas in the surge`,
      );
    },
    { needsOwnBed: true, isAlone: true },
  );
});
