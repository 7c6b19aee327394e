import { expect } from 'chai';
import type { Pod } from '../../../src/kisim/fleet/pod.js';
import { bench, testNodes } from '../support/fleet-bench.js';

const endings = (records: ReturnType<typeof bench>['records']): string[] =>
  records.map(({ outcome, finishedAt }) => `${outcome} at ${finishedAt}`);

describe('a pod that is deleted', () => {
  it('immediate: drops all its requests at once', () => {
    const { fleet, at, send, records } = bench({ drainMode: 'immediate' });
    fleet.startWarm(2);
    for (let i = 0; i < 4; i++) send(0, 20);
    fleet.scaleTo(1, 1);
    at(100);
    expect(fleet.podSeconds(100)).to.be.closeTo(101, 1e-9);
    expect(endings(records)).to.deep.equal(['lost at 1', 'lost at 1', 'completed at 20', 'completed at 40']);
  });

  it('redirect: what runs ends here, what waits goes to another pod, and keeps its arrival', () => {
    const { fleet, at, send, records } = bench({ drainMode: 'redirect' });
    fleet.startWarm(2);
    for (let i = 0; i < 4; i++) send(0, 20);
    fleet.scaleTo(1, 1);
    at(100);
    expect(endings(records)).to.deep.equal([
      'completed at 20',
      'completed at 20',
      'completed at 40',
      'completed at 60',
    ]);
    expect(records.every(({ arrival }) => arrival === 0)).to.equal(true);
  });

  it('redirect: to the gateway where no other pod is ready', () => {
    const { fleet, at, send, records } = bench({ drainMode: 'redirect' });
    fleet.startWarm(1);
    send(0, 10);
    send(0, 10);
    fleet.scaleTo(0, 1);
    fleet.scaleTo(1, 2);
    at(100);
    expect(endings(records)).to.deep.equal(['completed at 10', 'completed at 32']);
  });

  it('frees its GPU at the moment at which its last request ends', () => {
    const { fleet, at, send } = bench({ nodePools: [testNodes({ gpusPerNode: 1 })] });
    fleet.startWarm(1);
    send(0, 12);
    fleet.scaleTo(0, 1);
    fleet.scaleTo(1, 2);
    at(11);
    expect(fleet.pods.map(({ waitingReason }) => waitingReason)).to.deep.equal([undefined, 'Unschedulable']);
    at(100);
    expect((fleet.pods[0] as Pod).readyAt).to.equal(12 + 20);
  });
});
