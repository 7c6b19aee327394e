import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import { startNodeFailures } from '../../../src/kisim/fleet/failures.js';
import type { Nodes } from '../../../src/kisim/fleet/nodes.js';
import { bench, testNodes, testPool } from '../support/fleet-bench.js';

describe('failures by themselves', () => {
  it('of containers come at their mean time: restarts per pod-hour of service', () => {
    const { fleet, at } = bench({ podMtbf: 3600, pools: [testPool({ coldStart: { median: 1, sigma: 0 } })] });
    fleet.startWarm(40);
    at(100_000);
    const restarts = fleet.pods.reduce((sum, pod) => sum + pod.restarts, 0);
    // 40 pods for 27.8 hours: 1111 expected, standard deviation 33.
    expect(restarts).to.be.within(1000, 1230);
    expect(fleet.pods).to.have.length(40);
  });

  it('of nodes take their pods away and give them back after the repair', () => {
    const { provisioning: _, ...fixed } = testNodes({ count: 10, gpusPerNode: 1 });
    const { fleet, timers, at } = bench({ nodePools: [fixed] });
    fleet.startWarm(10);
    startNodeFailures(fleet, { nodeMtbf: 900, nodeRepair: { median: 300, sigma: 0 } }, timers, createRng(2));
    let down = 0;
    for (let now = 10; now <= 30_000; now += 10) {
      at(now);
      down += (fleet.kubelet.starts.scheduler.nodes as Nodes).all.filter(({ state }) => state === 'lost').length;
    }
    // Each node is down 300 s of every 1200 s in the mean.
    expect(down / 3000 / 10).to.be.closeTo(0.25, 0.04);
  });

  it('of spot nodes spare the others, and new nodes come for those that are taken back', () => {
    const { fleet, timers, at } = bench({
      nodePools: [
        testNodes({ name: 'own', count: 2, gpusPerNode: 1 }),
        testNodes({ name: 'spot', count: 3, gpusPerNode: 1, max: 6, capacity: 'spot' }),
      ],
    });
    fleet.startWarm(5);
    startNodeFailures(fleet, { spotMtbf: 1000, spotNotice: 30 }, timers, createRng(2));
    at(20_000);
    const nodes = (fleet.kubelet.starts.scheduler.nodes as Nodes).all;
    expect(nodes.filter(({ pool }) => pool.name === 'own').map(({ ordinal }) => ordinal)).to.deep.equal([0, 1]);
    expect(Math.min(...nodes.filter(({ pool }) => pool.name === 'spot').map(({ ordinal }) => ordinal))).to.be.above(20);
    expect(fleet.statusReplicas).to.equal(5);
  });
});
