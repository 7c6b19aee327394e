import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import type { Replica } from '../../../src/kisim/replica/replica.js';
import { COLUMN, PodSeries } from '../../../src/kisim/telemetry/pod-series.js';
import { computeRate } from '../../../src/kisim/telemetry/rate.js';
import { createSlotReplica, TEST_BOUNDS } from '../support/slot-replica.js';

const createReplica = (): Replica =>
  createSlotReplica(
    { slots: 1, queueCapacity: 9, serviceTime: () => 1, bounds: TEST_BOUNDS },
    { onFirstToken: () => {}, onFinished: () => {} },
  );

describe('the series of a pod', () => {
  it('has the rates that Prometheus computes, also over restarts of its container', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const rng = createRng(seed);
      const series = new PodSeries('ttft', TEST_BOUNDS.length + 1);
      const times: number[] = [];
      const values: number[] = [];
      let replica = createReplica();
      for (let at = 3; at < 600; at += 15) {
        if (rng.next() < 0.2) replica = createReplica();
        replica.counters.generationTokens += Math.floor(rng.next() * 100);
        series.scrape(replica, at);
        times.push(at);
        values.push(replica.counters.generationTokens);
        const sums = new Float64Array(series.width);
        const has = series.addRates(sums, at + 2, 60, COLUMN.completed, series.width);
        const expected = computeRate(times, values, at + 2, 60);
        expect(has).to.equal(expected !== undefined);
        expect(sums[COLUMN.generationTokens]).to.be.closeTo(expected ?? 0, 1e-9);
      }
    }
  });

  it('has the rates of each series on the samples that it is in, while some are exposed under other names', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const rng = createRng(seed);
      const series = new PodSeries('ttft', TEST_BOUNDS.length + 1);
      const replica = createReplica();
      const times: number[] = [];
      const values: number[] = [];
      for (let at = 3; at < 600; at += 15) {
        replica.counters.generationTokens += Math.floor(rng.next() * 100);
        const isHidden = rng.next() < 0.4;
        series.scrape(replica, at, isHidden ? [COLUMN.generationTokens, COLUMN.latencyCount] : []);
        if (!isHidden) {
          times.push(at);
          values.push(replica.counters.generationTokens);
        }
        const sums = new Float64Array(series.width).fill(Number.NaN);
        series.addRates(sums, at + 2, 60, COLUMN.completed, series.width);
        const expected = computeRate(times, values, at + 2, 60);
        if (expected === undefined) expect(sums[COLUMN.generationTokens]).to.satisfy(Number.isNaN);
        else expect(sums[COLUMN.generationTokens]).to.be.closeTo(expected, 1e-9);
        expect(Number.isNaN(sums[COLUMN.buckets] as number), 'buckets go with their count').to.equal(
          expected === undefined,
        );
        expect(Number.isNaN(series.newest(COLUMN.generationTokens))).to.equal(isHidden);
        if (at > 20) expect(sums[COLUMN.promptTokens]).to.equal(0);
      }
    }
  });

  it('shows what it showed when it froze, until it is thawed or its container restarts', () => {
    const series = new PodSeries('ttft', TEST_BOUNDS.length + 1);
    const replica = createReplica();
    const tokens = (): number => series.newest(COLUMN.promptTokens);
    replica.counters.promptTokens = 5;
    series.scrape(replica, 0);
    replica.counters.promptTokens = 8;
    series.freeze(replica, 1);
    replica.counters.promptTokens = 13;
    series.scrape(replica, 15);
    expect([tokens(), series.sampledAt]).to.deep.equal([8, 15]);
    series.scrape(createReplica(), 30);
    expect(tokens()).to.equal(0);
    series.scrape(replica, 45);
    expect(tokens()).to.equal(8);
    series.thaw();
    series.scrape(replica, 60);
    expect(tokens()).to.equal(13);
  });

  it('is no longer stale once the pod is scraped again, and its busy share starts from zero', () => {
    const series = new PodSeries('ttft', TEST_BOUNDS.length + 1);
    const first = createReplica();
    first.counters.busySeconds = 100;
    series.scrape(first, 0);
    series.isStale = true;
    const second = createReplica();
    second.counters.busySeconds = 6;
    series.scrape(second, 30);
    expect([series.isStale, series.busyShare]).to.deep.equal([false, 0.2]);
  });
});
