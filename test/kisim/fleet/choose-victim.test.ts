import { expect } from 'chai';
import { chooseVictim } from '../../../src/kisim/fleet/choose-victim.js';
import { createPod, type Pod } from '../../../src/kisim/fleet/pod.js';
import { bench, testNodes } from '../support/fleet-bench.js';

/** The order in which pods go when one after the other is removed. */
function orderOf(pods: Pod[]): number[] {
  const order: number[] = [];
  for (let victim = chooseVictim(pods); victim; victim = chooseVictim(pods)) {
    order.push(victim.ordinal);
    pods.splice(pods.indexOf(victim), 1);
  }
  return order;
}

describe('scale-down order', () => {
  const pod = (ordinal: number, changes: Partial<Pod>): Pod =>
    Object.assign(createPod(ordinal, ordinal, Number.POSITIVE_INFINITY), changes);

  it('takes pods that are not ready first, then the youngest', () => {
    const pods = [
      pod(0, { phase: 'ready', readyAt: 5 }),
      pod(1, { phase: 'ready', readyAt: 90 }),
      pod(2, { phase: 'starting' }),
      pod(3, { phase: 'starting' }),
      pod(4, { phase: 'draining' }),
    ];
    expect(orderOf(pods)).to.deep.equal([3, 2, 1, 0]);
  });

  it('takes those without a node before those whose image is pulled, and these before those whose engine starts', () => {
    const pods = [
      pod(0, { startPhase: 'schedule', waitingReason: 'Unschedulable' }),
      pod(1, { startPhase: 'image' }),
      pod(2, { startPhase: 'engine' }),
      pod(3, { startPhase: 'node', waitingReason: 'NodeLost' }),
      pod(4, { startPhase: 'weights', waitingReason: 'CrashLoopBackOff', restarts: 3 }),
    ];
    expect(orderOf(pods)).to.deep.equal([0, 1, 4, 3, 2]);
  });

  it('thins out the most crowded node before it looks at ages', () => {
    const { fleet } = bench({ nodePools: [testNodes({ count: 2, gpusPerNode: 4 })] });
    fleet.startWarm(5);
    const crowded = fleet.pods.filter(({ node }) => node?.ordinal === 0);
    expect(crowded).to.have.length(3);
    for (const one of fleet.pods) one.readyAt = one.node?.ordinal === 0 ? 0 : 1000;
    fleet.scaleTo(4, 1001);
    expect(fleet.pods.filter(({ node }) => node?.ordinal === 0)).to.have.length(2);
  });
});
