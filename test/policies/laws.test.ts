import { expect } from 'chai';
import { DEFAULT_GRID, emptyWindow } from '../../src/decision/window.js';
import { createAibrixApa } from '../../src/policies/aibrix-apa.js';
import { createDynamoPlanner } from '../../src/policies/dynamo-planner.js';
import { createEnova } from '../../src/policies/enova.js';
import { createHpaConcurrency } from '../../src/policies/hpa-concurrency.js';
import { createHpaGpu } from '../../src/policies/hpa-gpu.js';
import { createHpaQueue } from '../../src/policies/hpa-queue.js';
import { createKedaQueue } from '../../src/policies/keda-queue.js';
import { createKpa } from '../../src/policies/kpa.js';
import { createLlmdQueue } from '../../src/policies/llm-d-queue.js';
import { createLlmdSlo } from '../../src/policies/llm-d-slo.js';
import { createLlmdToken } from '../../src/policies/llm-d-token.js';
import { createPeakPlanner, PEAK_SETTINGS } from '../../src/policies/peak-planner.js';
import { createPlanner } from '../../src/policies/planner.js';
import type { Policy } from '../../src/policies/policy.js';
import { createQueueRunning } from '../../src/policies/queue-running.js';
import { createPolicy, createServedPolicies, LAW_NAMES } from '../../src/policies/registry.js';
import {
  createSeasonalNaive,
  findSeason,
  forecastSeasonalNaive,
  SEASONAL_NAIVE_SETTINGS,
} from '../../src/policies/seasonal-naive.js';
import { defaultsOf } from '../../src/policies/settings.js';
import { createStatic } from '../../src/policies/static.js';
import { createWvaSaturation } from '../../src/policies/wva-saturation.js';
import { buildWindow, buildWorkload, type SeriesValue } from '../support/windows.js';

async function propose(policy: Policy, series: Record<string, SeriesValue> = {}): Promise<number> {
  const [proposal] = await policy.propose([{ workload: buildWorkload(), window: buildWindow(series) }]);
  if (!proposal?.ok) throw new Error('no proposal');
  return proposal.replicas;
}

describe('policies', () => {
  it('static: is always the same', async () => {
    expect(await propose(createStatic(7), { queueDepth: 500 })).to.equal(7);
  });

  it('hpa: total in the engine over target slots, rounded up', async () => {
    // 16 slots at 70 %: 11.2 per replica; 12 running + 30 waiting = 42 -> 3.75 -> 4.
    expect(await propose(createHpaConcurrency({ targetUtilization: 0.7 }), { queueDepth: 30 })).to.equal(4);
  });

  it('keda-queue: waiting over threshold, and an absent queue is 0 as in KEDA', async () => {
    expect(await propose(createKedaQueue({ threshold: 5 }), { queueDepth: 41 })).to.equal(9);
    expect(await propose(createKedaQueue({ threshold: 5 }), { queueDepth: Number.NaN })).to.equal(0);
  });

  it('llm-d-queue: the larger of waiting per one and running per sixteen', async () => {
    expect(await propose(createLlmdQueue(), { queueDepth: 3, runningRequests: 33 })).to.equal(3);
    expect(await propose(createLlmdQueue(), { queueDepth: 0, runningRequests: 33 })).to.equal(3);
    expect(await propose(createLlmdQueue(), { queueDepth: 7 })).to.equal(7);
  });

  it('kpa: averages over its stable window, and panics on a jump without going down', async () => {
    // 11.2 slots aimed at per replica; 40 running on every tick need 4, a jump to 120 needs 11.
    expect(await propose(createKpa(), { runningRequests: 40 })).to.equal(4);
    expect(await propose(createKpa(), { runningRequests: [40, 40, 40, 120] })).to.equal(11);
    expect(await propose(createKpa(), { runningRequests: 0 })).to.equal(2);
  });

  it('planner: grows with load and answers without any model file', async () => {
    expect(await propose(createPlanner(), { arrivalRate: 30 })).to.be.above(
      await propose(createPlanner(), { arrivalRate: 5 }),
    );
  });

  it('peak: the planner, but never less than what has come once', async () => {
    const past = { arrivalRate: [4, 4, 40, ...Array<number>(30).fill(4)] };
    const rates = { completionRate: 4, runningRequests: 12 };
    expect(await propose(createPeakPlanner(), { ...rates, ...past })).to.be.above(
      await propose(createPlanner(), { ...rates, ...past }),
    );
    expect(await propose(createPeakPlanner({ ...defaultsOf(PEAK_SETTINGS), mix: 0 }), past)).to.equal(
      await propose(createPlanner(), past),
    );
  });

  it('hpa-queue: waiting over its target; without a queue to see it fails instead of asking for none', async () => {
    expect(await propose(createHpaQueue({ target: 5 }), { queueDepth: 41 })).to.equal(9);
    const [proposal] = await createHpaQueue().propose([
      { workload: buildWorkload(), window: buildWindow({ queueDepth: Number.NaN }) },
    ]);
    expect(proposal?.ok).to.equal(false);
  });

  it('hpa-gpu: ready replicas times utilisation over the target', async () => {
    // 4 ready at 90 % busy, 70 % aimed at: 5.14 -> 6.
    expect(await propose(createHpaGpu({ targetUtilization: 0.7 }), { gpuUtilization: 0.9 })).to.equal(6);
  });

  it('queue-running: all requests in the engines over a fixed number', async () => {
    expect(await propose(createQueueRunning({ target: 20 }), { queueDepth: 30, runningRequests: 31 })).to.equal(4);
  });

  it('aibrix-apa: at most doubles, at least halves, and rests within its band', async () => {
    // Four replicas of 16 slots at 70 %: 44.8 requests are exactly enough.
    expect(await propose(createAibrixApa(), { runningRequests: 45 })).to.equal(4);
    expect(await propose(createAibrixApa(), { runningRequests: 64 })).to.equal(6);
    expect(await propose(createAibrixApa(), { runningRequests: 64, queueDepth: 500 })).to.equal(8);
    expect(await propose(createAibrixApa(), { runningRequests: 1 })).to.equal(2);
  });

  it('enova: grows after three minutes of fifty waiting, halves after three idle ones', async () => {
    expect(await propose(createEnova(), { queueDepth: 60 })).to.be.above(4);
    expect(await propose(createEnova(), { queueDepth: [0, 60, 60, 60], runningRequests: 60 })).to.equal(4);
    expect(await propose(createEnova(), { runningRequests: 2, kvUsage: 0.05 })).to.equal(2);
  });

  it('wva-saturation: counts replicas saturated by KV use or queue, and waits for starting ones before it shrinks', async () => {
    // KV 0.8 on all four is a demand of 4 saturated replicas: 4 / 0.85 = 4.7 -> 5.
    expect(await propose(createWvaSaturation(), { kvUsage: 0.8 })).to.equal(5);
    expect(await propose(createWvaSaturation(), { kvUsage: 0.2 })).to.equal(2);
    expect(await propose(createWvaSaturation(), { kvUsage: 0.2, startingReplicas: 1 })).to.equal(4);
  });

  it('llm-d-token: the larger of prompt work that waits and KV use', async () => {
    const lengths = { promptTokenRate: 4000, finishedRate: 4 };
    // 100 waiting * 1,000 tokens / 15,928 per second / 1.5 s = 4.19 -> 5.
    expect(await propose(createLlmdToken(), { ...lengths, queueDepth: 100 })).to.equal(5);
    expect(await propose(createLlmdToken(), { ...lengths, kvUsage: 0.8 })).to.equal(4);
  });

  it('llm-d-slo: follows its guide, and only the literal form orders fewer while replicas are starting', async () => {
    // s = 1.1: 4 + ceil(4 (1.1 / 0.55 - 1)) = 8; s = 0.15: 4 - floor(4 (1 - 0.15 / 0.4)) = 2.
    expect(await propose(createLlmdSlo('monotone'), { p99Latency: 2.2 })).to.equal(8);
    expect(await propose(createLlmdSlo('monotone'), { p99Latency: 0.3 })).to.equal(2);
    // The guide's own example: n = 8, r = 3, s = 0.6 gives 4.
    const starting = { p99Latency: 1.2, specReplicas: 8, readyReplicas: 3, startingReplicas: 5 };
    expect(await propose(createLlmdSlo('literal'), starting)).to.equal(4);
    expect(await propose(createLlmdSlo('monotone'), starting)).to.equal(8);
    expect(await propose(createLlmdSlo('literal'), { p99Latency: Number.NaN })).to.equal(0);
  });

  it('dynamo: plans the load of three minutes, and takes away one replica at a time at most', async () => {
    const slow = { arrivalRate: 30, meanLatency: 3 };
    const fast = await propose(createDynamoPlanner(), { arrivalRate: 30 });
    expect(fast).to.be.above(await propose(createDynamoPlanner(), { arrivalRate: 15 }));
    // Half as slow again as it should be: half as many replicas again.
    expect(await propose(createDynamoPlanner(), slow)).to.be.within(Math.floor(1.4 * fast), Math.ceil(1.6 * fast));
    expect(await propose(createDynamoPlanner(), { arrivalRate: 0.1, specReplicas: 9 })).to.equal(8);
  });

  describe('seasonal-naive', () => {
    /** `ticks` values of a wave with a crest of one tick in every `season`. */
    const wave = (season: number, ticks = 64): number[] =>
      Array.from({ length: ticks }, (_, i) => (i % season === season - 1 ? 40 : 4));

    it('finds any season that the window holds twice, and none in what does not repeat itself', () => {
      for (let season = 8; season <= 31; season++)
        expect(findSeason(Float64Array.from(wave(season)), 0.3), `season ${season}`).to.equal(season);
      expect(findSeason(new Float64Array(64).fill(3), 0.3)).to.equal(1);
      expect(
        findSeason(
          Float64Array.from({ length: 64 }, (_, i) => (i === 30 ? 9 : 1)),
          0.3,
        ),
      ).to.equal(1);
    });

    it('forecasts what a periodic load will be, however far ahead', () => {
      for (const season of [1, 8, 13]) {
        const whole = wave(season, 100);
        const seen = Float64Array.from(whole.slice(0, 64));
        for (let step = 1; step <= 36; step++)
          expect(forecastSeasonalNaive(seen, season, step)).to.equal(whole[63 + step]);
      }
    });

    it('is ready for the crest a cold start before it comes, and for the last value where there is no season', async () => {
      const crestsIn = (ticks: number) => Array.from({ length: 64 }, (_, i) => ((i - ticks) % 20 === 3 ? 40 : 4));
      const options = { ...defaultsOf(SEASONAL_NAIVE_SETTINGS), smoothing: 15 };
      const rates = { completionRate: 4, runningRequests: 12 };
      const ahead = await propose(createSeasonalNaive(options), { ...rates, arrivalRate: crestsIn(2) });
      const far = await propose(createSeasonalNaive(options), { ...rates, arrivalRate: crestsIn(15) });
      const steady = await propose(createSeasonalNaive(options), { ...rates, arrivalRate: 4 });
      expect(ahead).to.be.above(far);
      expect(far).to.equal(steady);
    });
  });

  it('ask for no fewer replicas when more requests wait, whatever else is the same', async () => {
    for (const name of LAW_NAMES) {
      const policy = createPolicy(name) as Policy;
      let before = 0;
      for (const queueDepth of [0, 10, 40, 160, 640]) {
        const replicas = await propose(policy, { queueDepth, gpuUtilization: 0.5 });
        expect(replicas, `${name} at ${queueDepth}`).to.be.at.least(before);
        before = replicas;
      }
    }
  });

  it('answer a batch in the order asked, one proposal each', async () => {
    const windows = [4, 16, 2].map((completionRate) =>
      buildWindow({ completionRate, runningRequests: 12 * completionRate }),
    );
    const proposals = await createPlanner().propose(windows.map((window) => ({ workload: buildWorkload(), window })));
    expect(proposals.map((proposal) => proposal.ok && proposal.policy)).to.deep.equal([
      'planner',
      'planner',
      'planner',
    ]);
  });

  it('never turn a window without samples into infinity', async () => {
    for (const policy of createServedPolicies().values()) {
      const [proposal] = await policy.propose([{ workload: buildWorkload(), window: emptyWindow(0, DEFAULT_GRID) }]);
      if (proposal?.ok) expect(Number.isFinite(proposal.replicas), policy.name).to.equal(true);
    }
  });

  it('are found by name', () => {
    expect(createPolicy('static-12')?.name).to.equal('static-12');
    expect(createPolicy('static-0')).to.equal(undefined);
    expect(createPolicy('no such law')).to.equal(undefined);
    expect(createPolicy('learned')).to.equal(undefined);
  });
});
