import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../../src/base/rng.js';
import { clairvoyantName } from '../../../src/evaluation/bounds/clairvoyant.js';
import {
  type BoundProblem,
  largestProfit,
  proveBound,
  slotsOf,
  withoutProfit,
} from '../../../src/evaluation/bounds/lower-bound.js';
import { lowerBoundName } from '../../../src/evaluation/bounds/lower-bound-row.js';
import { findShadowPrices } from '../../../src/evaluation/bounds/shadow-prices.js';
import { createPlayer } from '../../../src/evaluation/play-run.js';
import { computeObjective, type EvaluationRow } from '../../../src/evaluation/row.js';
import { RATE_FAMILY_NAMES } from '../../../src/kisim/traffic/families.js';
import { LAW_NAMES } from '../../../src/policies/registry.js';
import { shortCase } from './short-case.js';

const play = createPlayer(async () => undefined);

/** Requests of one second of work each. */
function buildProblem(arrival: readonly number[], rest: Partial<BoundProblem> = {}): BoundProblem {
  return {
    arrival: Float64Array.from(arrival),
    work: { prefill: new Float64Array(arrival.length).fill(1), decode: new Float64Array(arrival.length) },
    firstTokenWithin: Number.POSITIVE_INFINITY,
    completeWithin: 4,
    duration: 1000,
    slot: 5,
    coldStart: 60,
    minReplicas: 0,
    throughput: 1,
    ...rest,
  };
}

describe('lower bound', () => {
  it('lies below every run of every law, on random windows', async () => {
    const rng = createRng(11);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(rng.next() * values.length)] as T;
    const policies = [
      ...LAW_NAMES,
      ...[1, 2, 4, 7].map((count) => `static-${count}`),
      ...[0.7, 1, 1.5].map((margin) => clairvoyantName({ margin, hold: 30 })),
    ];
    for (let seed = 1; seed <= 2; seed++) {
      const metric = pick(['ttft', 'e2e'] as const);
      const one = shortCase(pick(RATE_FAMILY_NAMES), {
        profile: pick(['demo-small', 'a10g-llama-3.1-8b']),
        coldStart: pick([20, 60, 120]),
        slo: { metric, limit: metric === 'ttft' ? pick([0.5, 3]) : pick([30, 90]) },
        clientTimeout: pick([60, 120]),
      });
      const rows = await Promise.all(policies.map((policy) => play({ case: one, policy, price: 30, seed })));
      for (const price of [3, 30, 100]) {
        const bound = await play({ case: one, policy: lowerBoundName(price), price, seed });
        const least = computeObjective(bound as EvaluationRow, price);
        expect(least, 'says something').to.be.above(0.3);
        for (const [i, row] of rows.entries())
          expect(computeObjective(row as EvaluationRow, price), `${policies[i]} on ${one.traffic}`).to.be.above(least);
      }
    }
  }).timeout(180_000);

  it('bills one burst for its work and for the cold start of who serves it', async () => {
    const burst = Array.from({ length: 40 }, () => 501);
    const problem = buildProblem(burst);
    // Forty seconds of work within the ten of two slots: four replicas, each 60 s on its way.
    const { objective, missRate } = proveBound(problem, await findShadowPrices(problem, 1000), 1000);
    expect(objective * 40).to.be.closeTo(40 + 4 * 60, 0.01);
    expect(missRate).to.equal(0);
    // Cheaper than that is to let them all miss.
    const shed = proveBound(problem, await findShadowPrices(problem, 2), 2);
    expect(shed.objective * 40).to.be.closeTo(80, 0.01);
  });

  it('is the offered load where nothing is hurried, and the minimum where nothing comes', async () => {
    const steady = Array.from({ length: 2000 }, (_, i) => i / 2);
    const patient = buildProblem(steady, { completeWithin: 60, coldStart: 0 });
    expect(proveBound(patient, await findShadowPrices(patient, 100), 100).objective).to.be.closeTo(1, 1e-4);
    const quiet = buildProblem([10], { minReplicas: 2 });
    expect(proveBound(quiet, await findShadowPrices(quiet, 100), 100).cost).to.be.closeTo(2000, 0.1);
  });

  it('is proven by any prices that let nobody earn more than it costs, and the best of them are found', () => {
    const hundred = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 210, maxLength: 210 });
    const arrivals = fc.array(fc.double({ min: 0, max: 999, noNaN: true }), { minLength: 1, maxLength: 60 });
    return fc.assert(
      fc.asyncProperty(arrivals, hundred, async (drawn, prices) => {
        const problem = buildProblem([...drawn].sort((a, b) => a - b));
        const y = withoutProfit(problem, Float64Array.from(prices).subarray(0, slotsOf(problem).requests.length));
        expect(largestProfit(problem, y)).to.be.at.most(0);
        // All of one size, so that nothing is lost by taking the requests of a slot as one.
        const best = proveBound(problem, await findShadowPrices(problem, 50), 50);
        expect(proveBound(problem, y, 50).objective).to.be.at.most(best.objective * (1 + 1e-4));
      }),
      { numRuns: 20 },
    );
  }).timeout(60_000);

  it('refuses prices that prove nothing', () => {
    const problem = buildProblem([1, 2, 3]);
    const { length } = slotsOf(problem).requests;
    for (const price of [1.5, -0.1, Number.NaN])
      expect(() => proveBound(problem, new Float64Array(length).fill(price), 10)).to.throw(RangeError, /at least 0/);
  });
});
