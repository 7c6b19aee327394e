import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../../src/base/rng.js';
import { drawPath, RATE_FAMILY_NAMES } from '../../../src/kisim/traffic/families.js';
import { linesOfText } from '../../../src/kisim/traffic/lines.js';
import { mergeTraffic } from '../../../src/kisim/traffic/merge-traffic.js';
import {
  expectedRequests,
  pathDuration,
  pathOfKnots,
  type RatePath,
  rateAt,
} from '../../../src/kisim/traffic/rate-path.js';
import { readRequestTrace, trafficOfRequests } from '../../../src/kisim/traffic/request-trace.js';
import { closeGaps, concatPaths, cutPath, repeatPath } from '../../../src/kisim/traffic/splice-path.js';
import { concatTraffic, cutTrace, delayTraffic, repeatTrace } from '../../../src/kisim/traffic/splice-traffic.js';
import { all, isOrdered, ticking } from '../support/traffic.js';

const path = fc
  .tuple(fc.constantFrom(...RATE_FAMILY_NAMES), fc.integer({ min: 0, max: 1e6 }))
  .map(([family, seed]) => drawPath(family, { low: 1, high: 9, duration: 500 }, createRng(seed)));
const seconds = fc.integer({ min: 0, max: 500 });

describe('splicing rates', () => {
  it('conserves expected requests: what two sections hold is what the whole holds', () => {
    fc.assert(
      fc.property(path, seconds, (whole, at) => {
        const parts = [cutPath(whole, 0, at), cutPath(whole, at, 500)];
        const sum = parts.reduce((total, part) => total + expectedRequests(part), 0);
        expect(sum).to.be.closeTo(expectedRequests(whole), 1e-6 * expectedRequests(whole) + 1e-9);
        const joined = concatPaths(parts);
        expect(pathDuration(joined)).to.be.closeTo(500, 1e-9);
        for (const moment of [10.5, 250.5, 499.5])
          expect(rateAt(joined, moment)).to.be.closeTo(rateAt(whole, moment), 1e-6);
      }),
      { numRuns: 60 },
    );
  });

  it('counts a section from its own start, and keeps the variation and the family of gaps', () => {
    const whole: RatePath = {
      ...pathOfKnots([
        [0, 0],
        [100, 10],
        [200, 10],
      ]),
      cvs: Float64Array.of(1, 2, 3),
      families: ['Gamma', 'Weibull', 'Gamma'],
    };
    const part = cutPath(whole, 50, 150);
    expect([...part.times]).to.deep.equal([0, 50, 100]);
    expect([...part.rates]).to.deep.equal([5, 10, 10]);
    expect([...(part.cvs ?? [])]).to.deep.equal([1, 2, 2]);
    expect(part.families).to.deep.equal(['Gamma', 'Weibull', 'Weibull']);
  });

  it('keeps silence: before the first knot, and in a section that is nothing else', () => {
    const late = pathOfKnots([
      [100, 4],
      [200, 4],
    ]);
    expect(pathDuration(cutPath(late, 0, 50))).to.equal(50);
    expect(expectedRequests(cutPath(late, 0, 50))).to.equal(0);
    expect(expectedRequests(concatPaths([cutPath(late, 0, 50), late]))).to.equal(400);
  });

  it('repeats: n times the length and n times the requests', () => {
    fc.assert(
      fc.property(path, fc.integer({ min: 1, max: 5 }), (one, times) => {
        const many = repeatPath(one, times);
        expect(pathDuration(many)).to.be.closeTo(500 * times, 1e-6);
        expect(expectedRequests(many)).to.be.closeTo(times * expectedRequests(one), 1e-6 * expectedRequests(many));
      }),
      { numRuns: 20 },
    );
  });

  it('closes up over missing data, and makes nothing up', () => {
    const whole = pathOfKnots([
      [0, 2],
      [100, 2],
      [100, 0],
      [300, 0],
      [300, 8],
      [400, 8],
    ]);
    const closed = closeGaps(whole, [{ from: 100, to: 300 }]);
    expect(pathDuration(closed)).to.equal(200);
    expect(expectedRequests(closed)).to.equal(expectedRequests(whole));
    expect([rateAt(closed, 99), rateAt(closed, 101)]).to.deep.equal([2, 8]);
  });
});

describe('splicing requests', () => {
  const trace = readRequestTrace(
    linesOfText(
      `arrival_s,input_tokens,output_tokens\n${ticking(100)
        .map(({ arrival, inputTokens }) => `${arrival},${inputTokens},1`)
        .join('\n')}`,
    ),
  );

  it('cuts [from, to): the borders go to exactly one of two neighbours', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99 }), (at) => {
        const before = cutTrace(trace, 0, at);
        const after = cutTrace(trace, at, 1e9);
        expect(before.requests + after.requests).to.equal(100);
        const joined = all(concatTraffic([before, after]));
        expect(joined).to.deep.equal(all(trace.open()));
      }),
      { numRuns: 30 },
    );
  });

  it('repeats in order, each copy as long as the trace', () => {
    const twice = repeatTrace(cutTrace(trace, 10, 30), 3);
    const requests = all(twice.open());
    expect([twice.requests, twice.duration, requests.length]).to.deep.equal([60, 60, 60]);
    expect(isOrdered(requests)).to.equal(true);
    expect(requests[20]).to.deep.equal({ arrival: 20, inputTokens: 11, outputTokens: 1 });
  });

  it('delays every request alike', () => {
    expect(all(delayTraffic(trace.open(), 7.5)).map(({ arrival }) => arrival)).to.deep.equal(
      ticking(100).map(({ arrival }) => arrival + 7.5),
    );
  });

  it('goes on answering that it is over', () => {
    const traffic = cutTrace(trace, 0, 1).open();
    expect([traffic.next()?.arrival, traffic.next(), traffic.next()]).to.deep.equal([0, undefined, undefined]);
    const joined = concatTraffic([]);
    expect([joined.next(), joined.next()]).to.deep.equal([undefined, undefined]);
  });

  it('overlays any number of traffics without losing, adding or turning round a request', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 12 }), { maxLength: 9 }), (parts) => {
        const lists = parts.map((arrivals, part) =>
          arrivals.sort((a, b) => a - b).map((arrival, i) => ({ arrival, inputTokens: 1 + part, outputTokens: 1 + i })),
        );
        const merged = all(mergeTraffic(lists.map(trafficOfRequests)));
        // A stable sort of everything: equal times keep the order of the list.
        expect(merged).to.deep.equal(lists.flat().sort((a, b) => a.arrival - b.arrival));
      }),
    );
  });
});
