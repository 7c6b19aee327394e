import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import { drawClients } from '../../../src/kisim/traffic/clients.js';
import { constantLength, logNormalLength } from '../../../src/kisim/traffic/length-distribution.js';
import { histogramLength } from '../../../src/kisim/traffic/length-histogram.js';
import { groupPrefixes, separatePrefixes } from '../../../src/kisim/traffic/prefix-groups.js';
import { expectedRequests, pathOfKnots } from '../../../src/kisim/traffic/rate-path.js';
import { createRateTraffic } from '../../../src/kisim/traffic/rate-traffic.js';
import { trafficOfRequests } from '../../../src/kisim/traffic/request-trace.js';
import { surgeTraffic } from '../../../src/kisim/traffic/scale-traffic.js';
import { bombTokens } from '../../../src/kisim/traffic/token-bomb.js';
import type { Traffic } from '../../../src/kisim/traffic/traffic.js';
import { all, isOrdered, ticking } from '../support/traffic.js';

const LENGTHS = { input: logNormalLength(500, 0.7), output: logNormalLength(100, 0.9) };

function steady(): Traffic {
  const path = pathOfKnots([
    [0, 20],
    [300, 20],
  ]);
  return createRateTraffic({ path, lengths: LENGTHS }, createRng(1));
}

describe('surges', () => {
  it('multiply what comes in their time, in order, and leave the rest to the byte', () => {
    const plain = all(steady());
    const surged = all(surgeTraffic(steady(), { at: 100, duration: 50, times: 12 }, createRng(2)));
    const count = (requests: typeof plain, from: number, to: number): number =>
      requests.filter(({ arrival }) => arrival >= from && arrival < to).length;
    expect(count(surged, 100, 150) / count(plain, 100, 150)).to.be.closeTo(12, 0.2);
    expect(isOrdered(surged)).to.equal(true);
    const outside = (requests: typeof plain) => requests.filter(({ arrival }) => arrival < 100 || arrival > 151);
    expect(outside(surged)).to.deep.equal(outside(plain));
  });

  it('bring requests of their own length on top, and keep those that came anyway', () => {
    const lengths = { input: constantLength(32), output: constantLength(8) };
    const surged = all(surgeTraffic(steady(), { at: 100, duration: 50, times: 5, lengths }, createRng(2)));
    const short = surged.filter(({ inputTokens, outputTokens }) => inputTokens === 32 && outputTokens === 8).length;
    const extra = surged.length - all(steady()).length;
    expect(short).to.be.within(extra, extra + 3);
  });

  it('below one are a lull', () => {
    const lull = all(
      surgeTraffic(trafficOfRequests(ticking(4000)), { at: 0, duration: 4000, times: 0.25 }, createRng(3)),
    );
    expect(lull.length).to.be.within(1000 - 90, 1000 + 90);
  });
});

describe('token bombs', () => {
  const bomb = { at: 100, duration: 100, share: 0.4, input: constantLength(30_000) };

  it('make prompts long at the normal rate: arrivals and answers stay where they are', () => {
    const bombed = all(bombTokens(steady(), bomb, createRng(2)));
    const strip = (requests: typeof bombed) => requests.map(({ arrival, outputTokens }) => [arrival, outputTokens]);
    expect(strip(bombed)).to.deep.equal(strip(all(steady())));
    const during = bombed.filter(({ arrival }) => arrival >= 100 && arrival < 200);
    const long = bombed.filter(({ inputTokens }) => inputTokens === 30_000);
    expect(long.every(({ arrival }) => arrival >= 100 && arrival < 200)).to.equal(true);
    expect(long.length / during.length).to.be.closeTo(0.4, 0.05);
  });

  it('never leave a prefix longer than its prompt', () => {
    const requests = ticking(200, { inputTokens: 500, prefixGroup: 1, prefixTokens: 400 });
    const bombed = all(bombTokens(trafficOfRequests(requests), { ...bomb, input: constantLength(50) }, createRng(2)));
    expect(bombed.every(({ inputTokens, prefixTokens = 0 }) => prefixTokens <= inputTokens)).to.equal(true);
    expect(new Set(bombed.map(({ prefixTokens }) => prefixTokens))).to.deep.equal(new Set([400, 50]));
  });
});

describe('prefix groups', () => {
  const groups = { share: 0.7, groups: 10, tokens: 256, skew: 0 };

  it('hold their share of requests, evenly, and at most the whole prompt', () => {
    const grouped = all(groupPrefixes(steady(), groups, createRng(2)));
    const members = grouped.filter(({ prefixGroup = -1 }) => prefixGroup >= 0);
    expect(members.length / grouped.length).to.be.closeTo(0.7, 0.03);
    expect(members.every(({ inputTokens, prefixTokens }) => prefixTokens === Math.min(256, inputTokens))).to.equal(
      true,
    );
    const counts = new Float64Array(10);
    for (const { prefixGroup = 0 } of members) counts[prefixGroup] = (counts[prefixGroup] as number) + 1;
    const even = members.length / 10;
    const chiSquare = counts.reduce((sum, count) => sum + (count - even) ** 2 / even, 0);
    // 9 degrees of freedom: the 99.9 % quantile.
    expect(chiSquare).to.be.below(27.9);
  });

  it('are as popular as a Zipf law says', () => {
    const grouped = all(groupPrefixes(steady(), { ...groups, share: 1, skew: 1 }, createRng(2)));
    const first = grouped.filter(({ prefixGroup }) => prefixGroup === 0).length / grouped.length;
    // 1 / (1 + 1/2 + ... + 1/10).
    expect(first).to.be.closeTo(0.3414, 0.02);
  });

  it('change neither arrivals nor lengths, nor a group that is there already', () => {
    const strip = (traffic: Traffic) =>
      all(traffic).map(({ arrival, inputTokens, outputTokens }) => [arrival, inputTokens, outputTokens]);
    expect(strip(groupPrefixes(steady(), groups, createRng(2)))).to.deep.equal(strip(steady()));
    const own = ticking(20, { inputTokens: 9, prefixGroup: 99, prefixTokens: 3 });
    expect(all(groupPrefixes(trafficOfRequests(own), { ...groups, share: 1 }, createRng(2)))).to.deep.equal(own);
  });

  it('of several traffics stay apart when they are merged', () => {
    const one = (index: number) =>
      all(separatePrefixes(groupPrefixes(steady(), groups, createRng(2)), index, 3)).map(
        ({ prefixGroup = -1 }) => prefixGroup,
      );
    const [first, second] = [new Set(one(0)), new Set(one(1))];
    expect([...first].filter((group) => second.has(group))).to.deep.equal([-1]);
    expect(first.size).to.equal(11);
  });
});

describe('histograms of lengths', () => {
  it('draw bins by weight and lengths evenly within', () => {
    const bins = [
      { low: 1, high: 1, weight: 1 },
      { low: 5, high: 9, weight: 0 },
      { low: 10, high: 19, weight: 3 },
    ];
    const histogram = histogramLength(bins);
    expect(histogram.mean).to.equal(0.25 * 1 + 0.75 * 14.5);
    const rng = createRng(5);
    const counts = new Map<number, number>();
    for (let i = 0; i < 40_000; i++) {
      const length = histogram.draw(rng);
      counts.set(length, (counts.get(length) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).to.deep.equal([1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(counts.get(1)).to.be.within(10_000 - 300, 10_000 + 300);
    for (let length = 10; length <= 19; length++) expect(counts.get(length)).to.be.within(3000 - 190, 3000 + 190);
  });

  it('never draw less than one token', () => {
    expect(histogramLength([{ low: 0, high: 0, weight: 1 }]).draw(createRng(1))).to.equal(1);
  });
});

describe('a population of clients', () => {
  it('brings the mean rate that was asked for, whatever its number and the length of the run', () => {
    for (const [count, duration] of [
      [1, 600],
      [7, 3600],
      [160, 90_000],
    ] as const) {
      const clients = drawClients({ count, rate: 30, duration }, createRng(count));
      const expected = clients.reduce((sum, { path }) => sum + expectedRequests(path), 0);
      expect(clients).to.have.length(count);
      expect(expected / duration).to.be.closeTo(30, 1e-6);
    }
  });

  it('is as uneven as the one that it is fitted to: ten of 162 bring about 63 per cent, most are silent', () => {
    const shares: number[] = [];
    const active: number[] = [];
    for (let seed = 0; seed < 6; seed++) {
      const duration = 3 * 86_400;
      const clients = drawClients({ count: 162, rate: 200, duration }, createRng(seed));
      const means = clients.map(({ path }) => expectedRequests(path) / duration).sort((a, b) => b - a);
      shares.push(means.slice(0, 10).reduce((sum, rate) => sum + rate, 0) / 200);
      const busy = clients.map(({ path: { times, rates } }) => {
        let seconds = 0;
        for (let i = 1; i < times.length; i++)
          if ((rates[i] as number) > 0 && (rates[i - 1] as number) > 0)
            seconds += (times[i] as number) - (times[i - 1] as number);
        return seconds / duration;
      });
      active.push(busy.reduce((sum, share) => sum + share, 0) / 162);
    }
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(shares)).to.be.within(0.5, 0.75);
    expect(mean(active)).to.be.closeTo(0.306, 0.04);
  });

  it('loses a client without shifting the others: their paths keep their shape', () => {
    const shape = (count: number, i: number) => {
      const path = drawClients({ count, rate: 30, duration: 7200 }, createRng(4))[i]?.path ?? expect.fail();
      const total = expectedRequests(path);
      return [...path.times, ...path.rates.map((rate) => Number(((rate * 7200) / (total || 1)).toPrecision(9)))];
    };
    for (const i of [0, 5, 19]) expect(shape(20, i)).to.deep.equal(shape(30, i));
  });
});
