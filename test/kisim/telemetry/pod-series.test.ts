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
