import { expect } from 'chai';
import fc from 'fast-check';
import { choosePool, type Pool } from '../../../src/kisim/fleet/pool.js';
import { bench, testNodes, testPool } from '../support/fleet-bench.js';

/** Pods of each pool when `total` are created one after the other. */
function spread(pools: readonly [Pool, ...Pool[]], total: number): number[] {
  const counts = new Map<Pool, number>();
  for (let i = 0; i < total; i++) {
    const pool = choosePool(pools, counts);
    counts.set(pool, (counts.get(pool) ?? 0) + 1);
  }
  return pools.map((pool) => counts.get(pool) ?? 0);
}

describe('pools', () => {
  it('with a count come first, and what is left is shared', () => {
    const base = testPool({ name: 'base', count: 2 });
    const fast = testPool({ name: 'fast', share: 1 });
    const cheap = testPool({ name: 'cheap', share: 3 });
    expect(spread([base, fast, cheap], 2)).to.deep.equal([2, 0, 0]);
    expect(spread([base, fast, cheap], 10)).to.deep.equal([2, 2, 6]);
    expect(spread([testPool({ count: 1 }), testPool({ count: 1 })], 5)).to.deep.equal([1, 4]);
  });

  it('are never further from their shares than one pod', () => {
    const shares = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shares, fc.nat(60), (parts, total) => {
        const [first = testPool(), ...rest] = parts.map((share) => testPool({ share }));
        const sum = parts.reduce((a, b) => a + b, 0);
        spread([first, ...rest], total).forEach((count, i) => {
          expect(count).to.be.closeTo((total * (parts[i] as number)) / sum, 1.0001 * parts.length);
        });
      }),
    );
  });

  it('are billed each at its own price, spot nodes at theirs, from creation to removal', () => {
    const { fleet, at } = bench({
      pools: [testPool({ name: 'dear', count: 1, pricePerHour: 7200 }), testPool({ name: 'cheap', gpu: 'slice' })],
      nodePools: [testNodes(), testNodes({ name: 'spot', gpu: 'slice', capacity: 'spot', priceFactor: 0.5 })],
    });
    fleet.startWarm(1);
    at(50);
    fleet.scaleTo(3, 50);
    at(150);
    fleet.scaleTo(1, 150);
    at(200);
    // 200 s at 2 $/s, and two pods for 100 s at 1 $/s on half-price nodes.
    expect(fleet.dollars(200)).to.be.closeTo(400 + 2 * 100 * 0.5, 1e-9);
    expect(fleet.podSeconds(200)).to.be.closeTo(200 + 2 * 100, 1e-9);
  });
});
