import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import type { RouterName } from '../../../src/kisim/fleet/router.js';
import type { Replica } from '../../../src/kisim/replica/replica.js';
import type { ReplicaKind } from '../../../src/kisim/replica-kind.js';
import { trafficOfRequests } from '../../../src/kisim/traffic/request-trace.js';
import { createFleetRun } from '../../../src/scenarios/create-fleet-run.js';
import type { RunStatistics } from '../../../src/scenarios/fleet-run.js';
import { kindOf } from '../support/kinds.js';
import { testRunOptions, testTraffic, testWorkload } from '../support/runs.js';

/** A fleet of real engines that keeps its size. */
function play(kind: ReplicaKind, replicas: number, changes: Parameters<typeof testRunOptions>[1]): RunStatistics {
  const { profile, createReplica, latencyBounds } = kind;
  const run = createFleetRun(
    testRunOptions(1, {
      workload: testWorkload({ profile, bounds: { minReplicas: 1, maxReplicas: 100 } }),
      profile,
      createReplica,
      latencyBounds: latencyBounds.ttft,
      initialReplicas: replicas,
      ...changes,
    }),
  );
  run.answer(replicas);
  run.advanceTo(700);
  return run.finish();
}

describe('a fleet', () => {
  const kind = kindOf('demo-small');

  for (const router of ['round-robin', 'power-of-two'] as const) {
    it(`of twice the replicas under twice the load has the same median latencies (${router})`, () => {
      const [one, two] = [1, 2].map((times) =>
        play(kind, 4 * times, {
          router,
          traffic: testTraffic(7, { low: 14 * times, high: 14 * times, duration: 600 }),
        }),
      ) as [RunStatistics, RunStatistics];
      expect(two.injected / one.injected).to.be.closeTo(2, 0.05);
      expect(two.e2e.p50 / one.e2e.p50).to.be.closeTo(1, 0.03);
      expect(two.tpot.p50 / one.tpot.p50).to.be.closeTo(1, 0.03);
    });
  }

  it('finds more prompts in its caches when requests of a group go to one pod', () => {
    const rng = createRng(3);
    const requests = Array.from({ length: 3000 }, (_, i) => ({
      arrival: i / 8,
      inputTokens: 700,
      outputTokens: 30,
      prefixGroup: Math.floor(rng.next() * 60),
      prefixTokens: 600,
    }));
    const hitRate = (router: RouterName): number => {
      const replicas: Replica[] = [];
      play(kind, 6, {
        router,
        traffic: trafficOfRequests(requests),
        createReplica: (listener) => {
          const replica = kind.createReplica(listener, { prefixCaching: true });
          replicas.push(replica);
          return replica;
        },
      });
      const sum = (of: (replica: Replica) => number): number => replicas.reduce((total, one) => total + of(one), 0);
      return sum(({ counters }) => counters.prefixHits) / sum(({ counters }) => counters.prefixQueries);
    };
    const least = hitRate('least-outstanding');
    const affine = hitRate('prefix-affinity');
    expect(affine).to.be.above(least + 0.05);
    expect(affine).to.be.below(600 / 700);
  });

  it('with a noisy neighbour on one pod loses less behind a router that looks at the load than behind one that does not', () => {
    const faults = [{ kind: 'noisy-neighbour', at: 0, nodes: 1, factor: 4 }] as const;
    const traffic = () => testTraffic(2, { low: 12, high: 12, duration: 600 });
    const misses = (router: RouterName): number => play(kind, 4, { router, traffic: traffic(), faults }).misses;
    const blind = misses('round-robin');
    expect(blind).to.be.above(0);
    for (const router of ['least-outstanding', 'power-of-two', 'least-kv'] as const)
      expect(misses(router)).to.be.below(blind);
  });
});
