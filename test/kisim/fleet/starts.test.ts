import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import type { Ratio } from '../../../src/base/units.js';
import type { ColdStart } from '../../../src/kisim/fleet/cold-start.js';
import { medianColdStart } from '../../../src/kisim/fleet/cold-start.js';
import { drawDelay } from '../../../src/kisim/fleet/delay.js';
import type { Pod } from '../../../src/kisim/fleet/pod.js';
import { bench, testNodes, testPool } from '../support/fleet-bench.js';

const sharp = (seconds: number) => ({ median: seconds, sigma: 0 });

const STAGED: ColdStart = {
  phases: {
    schedule: sharp(2),
    node: sharp(3),
    image: sharp(30),
    weights: sharp(20),
    engine: sharp(40),
    warmup: sharp(5),
  },
  cached: { weights: sharp(4) },
};

/** [time, phase] of every change of the pod's start phase. */
function timeline(pod: Pod, at: (now: number) => void, until: number): [number, string | undefined][] {
  const seen: [number, string | undefined][] = [];
  for (let now = 0; now <= until; now++) {
    at(now);
    if (seen.length === 0 || seen.at(-1)?.[1] !== pod.startPhase) seen.push([now, pod.startPhase]);
  }
  return seen;
}

describe('a staged cold start', () => {
  it('goes through its phases in order, each for as long as its law says, and is ready after the sum', () => {
    const { fleet, at } = bench({ pools: [testPool({ coldStart: STAGED })] });
    fleet.scaleTo(1, 0);
    const pod = fleet.pods[0] as Pod;
    expect(timeline(pod, at, 120)).to.deep.equal([
      [0, 'schedule'],
      [2, 'node'],
      [5, 'image'],
      [35, 'weights'],
      [55, 'engine'],
      [95, 'warmup'],
      [100, undefined],
    ]);
    expect(pod.readyAt).to.equal(100);
    expect(medianColdStart(STAGED)).to.equal(100);
  });

  it('after a crash loads the weights from the page cache, and neither waits for a node nor pulls an image', () => {
    const { fleet, at } = bench({ pools: [testPool({ coldStart: STAGED })] });
    fleet.startWarm(1);
    at(10);
    fleet.kubelet.crash(fleet.pods[0] as Pod, 10);
    at(1000);
    expect(fleet.pods[0]?.readyAt).to.equal(10 + 4 + 40 + 5);
  });

  it('finds the image and the weights of its pool on a node that has run it before', () => {
    const { fleet, at } = bench({ pools: [testPool({ coldStart: STAGED })], nodePools: [testNodes()] });
    fleet.scaleTo(1, 0);
    at(200);
    expect(fleet.pods[0]?.readyAt).to.equal(2 + 30 + 20 + 40 + 5);
    fleet.scaleTo(2, 200);
    at(400);
    expect(fleet.pods[1]?.readyAt).to.equal(200 + 2 + 4 + 40 + 5);
  });

  it('draws each phase from its own stream: another phase, or another pod, shifts nothing', () => {
    const weights = { median: 20, sigma: 0.5 };
    const duration = (phases: Extract<ColdStart, { phases: unknown }>['phases'], replicas: number): number => {
      const { fleet, at } = bench({ pools: [testPool({ coldStart: { phases } })] });
      fleet.scaleTo(replicas, 0);
      at(10_000);
      return fleet.pods[0]?.readyAt as number;
    };
    const alone = duration({ weights }, 1);
    expect(duration({ weights }, 5)).to.equal(alone);
    expect(duration({ weights, engine: sharp(7), image: sharp(3) }, 1)).to.be.closeTo(alone + 10, 1e-9);
    expect(duration({ weights, image: { median: 30, sigma: 0.5 } }, 1)).to.be.above(alone);
  });

  it('can serve while it warms up: ready at once, slower until it is warm', () => {
    const speeds: [Ratio, number][] = [];
    const pool = testPool({ coldStart: { ...STAGED, servesCold: { slowdown: 4 } } });
    const createReplica: typeof pool.createReplica = (listener) =>
      Object.assign(pool.createReplica(listener), {
        setSpeedFactor: (factor: Ratio, now: number) => speeds.push([factor, now]),
      });
    const { fleet, at } = bench({ pools: [{ ...pool, createReplica }] });
    fleet.scaleTo(1, 0);
    at(96);
    expect(fleet.pods[0]).to.include({ phase: 'ready', readyAt: 95, startPhase: 'warmup' });
    at(200);
    expect(fleet.pods[0]).to.include({ phase: 'ready', readyAt: 95, startPhase: undefined });
    expect(speeds).to.deep.equal([
      [4, 95],
      [1, 100],
    ]);
  });

  it('with one median and spread is one phase', () => {
    const { fleet, at } = bench({ pools: [testPool({ coldStart: sharp(60) })] });
    fleet.scaleTo(1, 0);
    expect(timeline(fleet.pods[0] as Pod, at, 70)).to.deep.equal([
      [0, 'engine'],
      [60, undefined],
    ]);
  });
});

describe('a delay by quantiles', () => {
  it('has these quantiles, and never leaves their range', () => {
    const delay = {
      quantiles: [
        [0.5, 0],
        [0.9, 116],
        [0.95, 370],
        [0.99, 9764],
      ] as const,
    };
    const rng = createRng(4);
    const draws = Array.from({ length: 20_000 }, () => drawDelay(delay, rng));
    for (const [probability, seconds] of delay.quantiles)
      expect(draws.filter((draw) => draw <= seconds).length / 20_000).to.be.closeTo(
        probability === 0.99 ? 1 : probability,
        0.01,
      );
    expect([Math.min(...draws), Math.max(...draws)]).to.deep.equal([0, 9764]);
  });
});
