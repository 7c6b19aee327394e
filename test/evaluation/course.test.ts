import { expect } from 'chai';
import fc from 'fast-check';
import { type Course, countFlips, countMissEpisodes, findWorstHour } from '../../src/evaluation/course.js';

const TICK = 15;

/** A course of ticks from what happens in each: replicas (billed and wanted), requests and misses. */
function course(
  ticks: readonly { readonly spec?: number; readonly requests?: number; readonly misses?: number }[],
): Course {
  let [injected, misses, replicaSeconds] = [0, 0, 0];
  let spec = ticks[0]?.spec ?? 1;
  const start = { at: 300, spec, injected, misses, replicaSeconds };
  return [
    start,
    ...ticks.map((tick, i) => {
      spec = tick.spec ?? spec;
      injected += tick.requests ?? 0;
      misses += tick.misses ?? 0;
      replicaSeconds += spec * TICK;
      return { at: 300 + (i + 1) * TICK, spec, injected, misses, replicaSeconds };
    }),
  ];
}

const hours = (...ofHour: readonly Parameters<typeof course>[0][number][]) =>
  course(ofHour.flatMap((tick) => Array.from({ length: 3600 / TICK }, () => tick)));

describe('flips', () => {
  const flips = (...specs: readonly number[]): number => countFlips(course(specs.map((spec) => ({ spec }))));

  it('are changes the other way than the one before, not steps the same way', () => {
    expect(flips(1, 2, 3, 4)).to.equal(0);
    expect(flips(4, 4, 3, 1)).to.equal(0);
    expect(flips(1, 2, 1)).to.equal(1);
    expect(flips(1, 2, 2, 1, 3, 3, 4, 2)).to.equal(3);
  });

  it('need the two changes within ten minutes', () => {
    const held = (ticks: number): number => flips(1, ...Array<number>(ticks).fill(2), 1);
    expect(held(40)).to.equal(1);
    expect(held(41)).to.equal(0);
  });

  it('are the same upside down, and fewer than changes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 80 }), (specs) => {
        const changes = specs.filter((spec, i) => i > 0 && spec !== specs[i - 1]).length;
        expect(flips(...specs)).to.be.at.most(Math.max(0, changes - 1));
        expect(flips(...specs.map((spec) => 9 - spec))).to.equal(flips(...specs));
      }),
    );
  });
});

describe('episodes of misses', () => {
  const episodes = (...misses: readonly number[]): number =>
    countMissEpisodes(course(misses.map((count) => ({ requests: 10, misses: count }))));
  const quiet = (ticks: number): number[] => Array(ticks).fill(0);

  it('are one, however many miss in it', () => {
    expect(episodes()).to.equal(0);
    expect(episodes(0, 0)).to.equal(0);
    expect(episodes(1)).to.equal(1);
    expect(episodes(5, 9, 0, 3)).to.equal(1);
  });

  it('are apart after five minutes without a miss, and not before', () => {
    expect(episodes(1, ...quiet(19), 1)).to.equal(1);
    expect(episodes(1, ...quiet(20), 1)).to.equal(2);
    expect(episodes(1, ...quiet(20), 1, ...quiet(19), 1, ...quiet(30), 2)).to.equal(3);
  });
});

describe('the worst hour', () => {
  it('is the whole run where that is shorter', () => {
    const half = course(Array.from({ length: 120 }, (_, i) => ({ spec: 3, requests: 30, misses: i === 7 ? 36 : 0 })));
    expect(findWorstHour(half, 2)).to.deep.equal({ cost: 3, missRate: 0.01 });
  });

  it('is found by cost and by misses apart, wherever it begins', () => {
    // 4 replicas for a load of 1 in the second hour; misses in the third.
    const day = hours(
      { spec: 2, requests: 30 },
      { spec: 4, requests: 30, misses: 0 },
      { spec: 2, requests: 30, misses: 3 },
      { spec: 2, requests: 30, misses: 1 },
    );
    expect(findWorstHour(day, 2)).to.deep.equal({ cost: 4, missRate: 0.1 });
    // Half an hour of a fleet twice as large, across the turn of an hour.
    const across = course(Array.from({ length: 720 }, (_, i) => ({ spec: i >= 180 && i < 300 ? 4 : 2, requests: 30 })));
    expect(findWorstHour(across, 2).cost).to.equal(3);
  });

  it('of a run that needs less than a replica is no worse than the run', () => {
    const small = course(Array.from({ length: 200 }, () => ({ spec: 2, requests: 3 })));
    expect(findWorstHour(small, 2).cost).to.be.closeTo(20, 1e-9);
  });

  it('needs one replica even where nothing comes, and counts misses at most as the requests of their hour', () => {
    const night = hours({ spec: 1, requests: 60 }, { spec: 2, requests: 0, misses: 1 });
    expect(findWorstHour(night, 2)).to.deep.equal({ cost: 2, missRate: 1 });
  });

  it('is no better than the whole run', () => {
    const tick = fc.record({
      spec: fc.integer({ min: 1, max: 9 }),
      requests: fc.integer({ min: 30, max: 60 }),
      misses: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(tick, { minLength: 480, maxLength: 480 }), (ticks) => {
        const run = course(ticks);
        const end = run.at(-1);
        const { cost, missRate } = findWorstHour(run, 2);
        expect(cost).to.be.at.least(((end?.replicaSeconds ?? 0) * 2) / (end?.injected ?? 1) - 1e-9);
        expect(missRate).to.be.at.least((end?.misses ?? 0) / (end?.injected ?? 1) - 1e-9);
      }),
      { numRuns: 20 },
    );
  });
});
