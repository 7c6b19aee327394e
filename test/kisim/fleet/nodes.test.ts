import { expect } from 'chai';
import fc from 'fast-check';
import type { Fleet } from '../../../src/kisim/fleet/fleet.js';
import { breakGpu, loseNode, reclaimNode } from '../../../src/kisim/fleet/node-failures.js';
import type { Nodes } from '../../../src/kisim/fleet/nodes.js';
import type { Pod } from '../../../src/kisim/fleet/pod.js';
import { bench, testNodes, testPool } from '../support/fleet-bench.js';

const nodesOf = (fleet: Fleet): Nodes => fleet.kubelet.starts.scheduler.nodes as Nodes;
const placed = (fleet: Fleet): (string | undefined)[] => fleet.pods.map(({ node }) => node?.name);

/** No node gives away more GPUs than it has, and each holds what its pods hold. */
function expectCapacityKept(fleet: Fleet): void {
  for (const node of nodesOf(fleet).all) {
    const held = fleet.pods.filter((pod) => pod.node === node).reduce((sum, { pool }) => sum + (pool?.gpus ?? 0), 0);
    expect(node.used, node.name).to.equal(held);
    expect(node.used, node.name).to.be.within(0, node.pool.gpusPerNode);
  }
}

describe('nodes', () => {
  it('hold as many pods as they have GPUs for; the next one waits, unschedulable, until one leaves', () => {
    const { fleet, at } = bench({ pools: [testPool({ gpus: 2 })], nodePools: [testNodes({ gpusPerNode: 4 })] });
    fleet.startWarm(2);
    fleet.scaleTo(3, 10);
    at(500);
    expect(fleet.pods[2]).to.include({ phase: 'starting', startPhase: 'schedule', waitingReason: 'Unschedulable' });
    expectCapacityKept(fleet);
    fleet.kubelet.kill(fleet.pods[0] as Pod, 500);
    // The pod that waited is placed; the replacement of the one that died waits now.
    expect(fleet.pods.map(({ ordinal, waitingReason }) => [ordinal, waitingReason])).to.deep.equal([
      [1, undefined],
      [2, undefined],
      [3, 'Unschedulable'],
    ]);
    at(520);
    expect(fleet.pods[1]?.readyAt).to.equal(520);
  });

  it('let pods of a fleet that is larger than they are start like new ones', () => {
    const { fleet, at } = bench({ nodePools: [testNodes({ gpusPerNode: 2, max: 2 })] });
    fleet.startWarm(3);
    expect(fleet.pods.map(({ createdAt, phase }) => [createdAt, phase])).to.deep.equal([
      [-20, 'ready'],
      [-20, 'ready'],
      [0, 'starting'],
    ]);
    at(120);
    expect(fleet.pods[2]?.readyAt).to.equal(120);
  });

  it('are ordered for pods that find no room, one node for as many as fit on it', () => {
    const { fleet, at } = bench({ nodePools: [testNodes({ max: 3 })] });
    fleet.startWarm(4);
    fleet.scaleTo(7, 10);
    expect(nodesOf(fleet).all.map(({ state, used }) => [state, used])).to.deep.equal([
      ['ready', 4],
      ['ordered', 3],
    ]);
    expect(fleet.pods[6]).to.include({ startPhase: 'node', waitingReason: 'Unschedulable' });
    at(129.9);
    expect(fleet.count('ready')).to.equal(4);
    at(130);
    expect(fleet.count('ready')).to.equal(7);
  });

  it('let a pod that waits for one have room that comes first', () => {
    const { fleet, at } = bench({ nodePools: [testNodes({ gpusPerNode: 1, max: 2 })] });
    fleet.startWarm(1);
    fleet.scaleTo(2, 0);
    at(10);
    fleet.kubelet.kill(fleet.pods[0] as Pod, 10);
    at(30);
    expect(fleet.pods[0]).to.include({ ordinal: 1, phase: 'ready', readyAt: 30 });
    expect(placed(fleet)).to.deep.equal(['node-0', 'node-1']);
    expectCapacityKept(fleet);
  });

  it('are given back when they have been empty for long enough, down to the count of their pool', () => {
    const { fleet, at } = bench({ nodePools: [testNodes({ gpusPerNode: 1, max: 4, idleAfter: 60 })] });
    fleet.startWarm(1);
    fleet.scaleTo(4, 0);
    at(200);
    expect(nodesOf(fleet).all).to.have.length(4);
    fleet.scaleTo(1, 200);
    at(259);
    expect(nodesOf(fleet).all).to.have.length(4);
    at(260);
    expect(nodesOf(fleet).all.map(({ name }) => name)).to.deep.equal(['node-0']);
  });

  it('are spread over zones, and pods over nodes', () => {
    const { fleet } = bench({ nodePools: [testNodes({ count: 4, zones: ['a', 'b'] })] });
    fleet.startWarm(4);
    expect(nodesOf(fleet).all.map(({ zone }) => zone)).to.deep.equal(['a', 'b', 'a', 'b']);
    expect(new Set(placed(fleet)).size).to.equal(4);
  });

  it('serve only pods that ask for their resource: MIG slices are no whole GPUs', () => {
    const slice = 'nvidia.com/mig-1g.10gb';
    const { fleet } = bench({
      pools: [testPool({ gpu: slice })],
      nodePools: [testNodes({ name: 'whole', count: 1 }), testNodes({ name: 'sliced', gpu: slice, gpusPerNode: 7 })],
    });
    fleet.startWarm(8);
    expect(placed(fleet)).to.deep.equal([...Array(7).fill('sliced-1'), undefined]);
    expectCapacityKept(fleet);
  });

  it('cannot be ordered during a stock-out, and are ordered as soon as it ends', () => {
    const { fleet, at } = bench({ nodePools: [testNodes({ gpusPerNode: 1, max: 2 })] });
    fleet.startWarm(1);
    fleet.kubelet.starts.scheduler.beginStockOut();
    fleet.scaleTo(2, 0);
    at(300);
    expect(nodesOf(fleet).all).to.have.length(1);
    fleet.kubelet.starts.scheduler.endStockOut(300);
    at(420);
    expect(fleet.pods[1]?.readyAt).to.equal(420);
  });
});

describe('a node that is lost', () => {
  it('takes its requests with it; its pods count as not ready until they are given up, and are replaced then', () => {
    const { fleet, timers, at, send, records } = bench({ nodePools: [testNodes({ count: 2 })] });
    fleet.startWarm(2);
    send(0, 50);
    send(0, 50);
    at(10);
    const [node] = nodesOf(fleet).all;
    if (node)
      loseNode(fleet, node, { now: 10, until: Number.POSITIVE_INFINITY, detectAfter: 0, evictAfter: 60 }, timers);
    expect(records.map(({ outcome }) => outcome)).to.deep.equal(['lost']);
    expect(fleet.pods[0]).to.include({ phase: 'starting', waitingReason: 'NodeLost' });
    expect(fleet.statusReplicas).to.equal(2);
    at(69);
    expect(fleet.pods.map(({ ordinal }) => ordinal)).to.deep.equal([0, 1]);
    at(90);
    expect(fleet.pods.map(({ ordinal, phase }) => [ordinal, phase])).to.deep.equal([
      [1, 'ready'],
      [2, 'ready'],
    ]);
    expect(nodesOf(fleet).all.map(({ name }) => name)).to.deep.equal(['node-1']);
  });

  it('is a black hole until somebody notices: requests go there and get no answer, and no scrape does', () => {
    const { fleet, timers, at, send, records } = bench({ nodePools: [testNodes({ count: 2 })], clientTimeout: 15 });
    fleet.startWarm(2);
    send(0, 2);
    const [node] = nodesOf(fleet).all;
    const outage = { now: 1, until: Number.POSITIVE_INFINITY, detectAfter: 40, evictAfter: 60 };
    at(1);
    if (node) loseNode(fleet, node, outage, timers);
    expect(fleet.pods.map(({ phase, isReachable }) => [phase, isReachable])).to.deep.equal([
      ['ready', false],
      ['ready', true],
    ]);
    at(30);
    for (let i = 0; i < 4; i++) send(30, 1);
    at(41);
    expect(fleet.pods[0]).to.include({ phase: 'starting', waitingReason: 'NodeLost' });
    send(42, 1);
    at(100);
    expect(records.map(({ outcome, arrival, finishedAt }) => `${outcome} ${arrival}-${finishedAt}`)).to.deep.equal([
      'timed-out 0-15',
      'completed 30-31',
      'completed 30-32',
      'lost 30-41',
      'lost 30-41',
      'completed 42-43',
    ]);
    expect(fleet.pods.map(({ ordinal, phase }) => [ordinal, phase])).to.deep.equal([
      [1, 'ready'],
      [2, 'ready'],
    ]);
  });

  it('comes back when it is repaired, and takes pods again', () => {
    const { provisioning: _, ...fixed } = testNodes({ gpusPerNode: 1 });
    const { fleet, timers, at } = bench({ nodePools: [fixed] });
    fleet.startWarm(1);
    const [node] = nodesOf(fleet).all;
    if (node) loseNode(fleet, node, { now: 0, until: 500, detectAfter: 0, evictAfter: 60 }, timers);
    at(499);
    expect(fleet.pods[0]).to.include({ ordinal: 1, waitingReason: 'Unschedulable' });
    at(520);
    expect(fleet.pods[0]?.readyAt).to.equal(520);
  });

  it('while it was still on order: the pods that waited for it look elsewhere', () => {
    const { fleet, timers, at } = bench({ nodePools: [testNodes({ gpusPerNode: 1, max: 2, zones: ['a', 'b'] })] });
    fleet.startWarm(1);
    fleet.scaleTo(2, 0);
    const ordered = nodesOf(fleet).all[1];
    expect(ordered?.zone).to.equal('b');
    at(50);
    nodesOf(fleet).closeZone('b');
    if (ordered)
      loseNode(fleet, ordered, { now: 50, until: Number.POSITIVE_INFINITY, detectAfter: 0, evictAfter: 60 }, timers);
    at(170);
    expect(fleet.pods[1]).to.include({ phase: 'ready', readyAt: 170 });
    expect(fleet.pods[1]?.node?.zone).to.equal('a');
  });
});

describe('a spot node that is taken back', () => {
  it('gets its notice first: pods drain and replacements start; at its end the node is gone with what is left', () => {
    const { fleet, timers, at, send, records } = bench({
      nodePools: [testNodes({ count: 2, capacity: 'spot' })],
      drainGrace: 300,
      clientTimeout: 1000,
    });
    fleet.startWarm(2);
    send(0, 10);
    send(0, 10);
    send(0, 200);
    at(5);
    const [node] = nodesOf(fleet).all;
    if (node) reclaimNode(fleet, node, 120, 5, timers);
    expect(fleet.pods.map(({ ordinal, phase }) => [ordinal, phase])).to.deep.equal([
      [0, 'draining'],
      [1, 'ready'],
      [2, 'starting'],
    ]);
    expect(fleet.pods[2]?.node?.name).to.equal('node-1');
    send(6, 1);
    at(124);
    expect(nodesOf(fleet).all).to.have.length(2);
    expect(fleet.pods[0]).to.include({ phase: 'draining' });
    at(125);
    expect(nodesOf(fleet).all.map(({ name }) => name)).to.deep.equal(['node-1']);
    expect(records.map(({ outcome, finishedAt }) => `${outcome} ${finishedAt}`)).to.deep.equal([
      'completed 10',
      'completed 10',
      'completed 11',
      'lost 125',
    ]);
  });
});

describe('a GPU that fails', () => {
  it('kills its pod, and is no room for another until it is repaired', () => {
    const { fleet, timers, at } = bench({ nodePools: [testNodes({ gpusPerNode: 2 })] });
    fleet.startWarm(2);
    breakGpu(fleet, fleet.pods[0] as Pod, 300, 0, timers);
    at(299);
    expect(fleet.pods.map(({ ordinal, waitingReason }) => [ordinal, waitingReason])).to.deep.equal([
      [1, undefined],
      [2, 'Unschedulable'],
    ]);
    at(320);
    expect(fleet.pods[1]).to.include({ phase: 'ready', readyAt: 320 });
  });
});

describe('GPU capacity', () => {
  it('is never exceeded, whatever is scaled, lost, reclaimed, broken and repaired', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.nat(100)), { maxLength: 40 }), (steps) => {
        const { fleet, timers, at } = bench({
          pools: [testPool({ gpus: 2, count: 2 }), testPool({ name: 'small', gpus: 1 })],
          nodePools: [
            testNodes({ count: 2, max: 3, zones: ['a', 'b'], idleAfter: 50 }),
            testNodes({ name: 'spot', gpusPerNode: 2, count: 1, max: 4, capacity: 'spot', idleAfter: 30 }),
          ],
        });
        fleet.startWarm(3);
        steps.forEach(([what, which], i) => {
          const now = 17 * (i + 1);
          at(now);
          const nodes = nodesOf(fleet);
          const node = nodes.all[which % Math.max(1, nodes.all.length)];
          const pod = fleet.pods[which % Math.max(1, fleet.pods.length)];
          if (what <= 1) fleet.scaleTo(which % 12, now);
          if (what === 2 && node)
            loseNode(
              fleet,
              node,
              { now, until: which % 2 ? now + 90 : Number.POSITIVE_INFINITY, detectAfter: 10, evictAfter: 20 },
              timers,
            );
          if (what === 3 && node) reclaimNode(fleet, node, 40, now, timers);
          if (what === 4 && pod?.phase === 'ready') breakGpu(fleet, pod, now + 100, now, timers);
          if (what === 5 && pod?.phase === 'ready') fleet.kubelet.crash(pod, now);
          if (what === 6) fleet.rollOut({ maxSurge: 1, maxUnavailable: 1 }, now);
          expectCapacityKept(fleet);
        });
        at(17 * (steps.length + 1));
        expectCapacityKept(fleet);
        expect(fleet.statusReplicas).to.be.at.least(fleet.spec - (fleet.isRollingOut ? 1 : 0));
      }),
      { numRuns: 200 },
    );
  });
});
