import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../../src/base/rng.js';
import { createPod, type Pod } from '../../../src/kisim/fleet/pod.js';
import { createRouter, ROUTER_NAMES, type RouterName } from '../../../src/kisim/fleet/router.js';
import { LOAD_BOUND } from '../../../src/kisim/fleet/routers/prefix-affinity.js';
import type { Router } from '../../../src/kisim/fleet/routers/router.js';
import { createSlotReplica, TEST_BOUNDS } from '../support/slot-replica.js';

const listener = { onFirstToken: () => {}, onFinished: () => {} };

function podsWith(inFlight: readonly number[]): Pod[] {
  return inFlight.map((load, ordinal) => Object.assign(createPod(ordinal, 0, 0), { inFlight: load }));
}

function routerOf(name: RouterName, seed = 1): Router {
  return createRouter(name, createRng(seed));
}

/** Sends requests of random groups, each taken off again after a random number of others; returns the largest load seen. */
function largestLoad(name: RouterName, count: number, seed: number): number {
  const pods = podsWith(Array(count).fill(0));
  const route = routerOf(name, seed);
  const rng = createRng(seed).stream('traffic');
  const ends = new Map<number, Pod[]>();
  let largest = 0;
  for (let i = 0; i < 600; i++) {
    for (const pod of ends.get(i) ?? []) pod.inFlight--;
    const pod = route(pods, Math.floor(rng.next() * 5) - 1);
    pod.inFlight++;
    largest = Math.max(largest, pod.inFlight);
    const end = i + 1 + Math.floor(rng.next() * 60);
    ends.set(end, [...(ends.get(end) ?? []), pod]);
  }
  return largest;
}

describe('router', () => {
  for (const name of ROUTER_NAMES) {
    it(`${name}: picks one of the pods there are, also when they become fewer`, () => {
      const pods = podsWith([3, 1, 4, 1, 5]);
      const route = routerOf(name);
      for (const length of [5, 3, 1, 2]) {
        const some = pods.slice(0, length);
        for (let i = 0; i < 20; i++) expect(some).to.include(route(some, i % 3 === 0 ? -1 : i));
      }
    });

    it(`${name}: the same seed picks the same pods`, () => {
      const picks = (): number[] => {
        const pods = podsWith(Array(7).fill(0));
        const route = routerOf(name, 5);
        return Array.from({ length: 100 }, (_, i) => {
          const pod = route(pods, (i * 7) % 11);
          pod.inFlight++;
          return pod.ordinal;
        });
      };
      expect(picks()).to.deep.equal(picks());
    });
  }

  it('round-robin: goes round, and survives a shrinking fleet', () => {
    const pods = podsWith([0, 0, 0]);
    const route = routerOf('round-robin');
    expect([1, 2, 3, 4].map(() => route(pods, -1).ordinal)).to.deep.equal([0, 1, 2, 0]);
    expect(route(pods.slice(0, 1), -1).ordinal).to.equal(0);
  });

  it('least-outstanding: picks the fewest in flight and favours nobody among equals', () => {
    const pods = podsWith([1, 1, 1]);
    const route = routerOf('least-outstanding');
    expect([1, 2, 3, 4].map(() => route(pods, -1).ordinal)).to.deep.equal([0, 1, 2, 0]);
    (pods[2] as Pod).inFlight = 0;
    expect(route(pods, -1).ordinal).to.equal(2);
  });

  it('least-outstanding: the largest load is never above that of any other router under the same traffic', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const least = largestLoad('least-outstanding', 6, seed);
      for (const name of ROUTER_NAMES) expect(largestLoad(name, 6, seed)).to.be.at.least(least);
    }
  });

  it('least-kv: picks the emptiest cache, and of equals the fewest in flight', () => {
    const pods = podsWith([0, 2, 1]);
    const route = routerOf('least-kv');
    for (const pod of pods)
      pod.replica = createSlotReplica(
        { slots: 4, queueCapacity: 4, serviceTime: () => 1, bounds: TEST_BOUNDS },
        listener,
      );
    pods[0]?.replica?.submit(1, 0, 1, 1, -1, 0);
    expect(route(pods, -1).ordinal).to.equal(2);
    pods[2]?.replica?.submit(2, 0, 1, 1, -1, 0);
    expect(route(pods, -1).ordinal).to.equal(1);
  });

  it('prefix-affinity: sends a group to one pod while that is not overloaded', () => {
    const pods = podsWith(Array(8).fill(100));
    const route = routerOf('prefix-affinity');
    for (let group = 0; group < 50; group++) {
      const first = route(pods, group);
      for (let i = 0; i < 10; i++) expect(route(pods, group)).to.equal(first);
    }
  });

  it('prefix-affinity: a new pod takes over its share of the groups and moves no other', () => {
    const pods = podsWith(Array(9).fill(100));
    const route = routerOf('prefix-affinity');
    let moved = 0;
    for (let group = 0; group < 900; group++) {
      const before = route(pods.slice(0, 8), group);
      const after = route(pods, group);
      if (after === before) continue;
      moved++;
      expect(after.ordinal).to.equal(8);
    }
    expect(moved / 900).to.be.closeTo(1 / 9, 0.04);
  });

  it('prefix-affinity: no pod gets more than the load bound, however popular its group', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 }),
        fc.nat(40),
        (loads, group) => {
          const pods = podsWith(loads);
          const total = loads.reduce((sum, load) => sum + load, 1);
          const pod = routerOf('prefix-affinity')(pods, group);
          expect(pod.inFlight + 1).to.be.at.most(Math.ceil((LOAD_BOUND * total) / loads.length));
        },
      ),
    );
  });

  it('power-of-two: never picks the most loaded of all, and every other pod at times', () => {
    const pods = podsWith([9, 1, 2, 3]);
    const route = routerOf('power-of-two');
    const picks = Array.from({ length: 200 }, () => route(pods, -1).ordinal);
    expect(new Set(picks)).to.deep.equal(new Set([1, 2, 3]));
  });

  it('power-of-two: draws from the stream that it is given, two numbers a request', () => {
    const rng = createRng(3);
    const copy = createRng(3);
    const route = createRouter('power-of-two', rng);
    for (const count of [1, 5, 2]) {
      route(podsWith(Array(count).fill(0)), -1);
      copy.next();
      copy.next();
    }
    expect(rng.next()).to.equal(copy.next());
  });
});
