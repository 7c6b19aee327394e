import { expect } from 'chai';
import { runUntil } from '../../../src/kisim/event-queue.js';
import type { Pod } from '../../../src/kisim/fleet/pod.js';
import { bench, testPool } from '../support/fleet-bench.js';

describe('fleet', () => {
  it('makes a new pod ready after its cold start and not before', () => {
    const { fleet, at } = bench();
    fleet.startWarm(1);
    fleet.scaleTo(3, 10);
    at(29.9);
    expect([fleet.count('ready'), fleet.count('starting')]).to.deep.equal([1, 2]);
    at(30);
    expect([fleet.count('ready'), fleet.count('starting')]).to.deep.equal([3, 0]);
  });

  it('bills every pod from creation to removal, starting and draining included', () => {
    const { fleet, at, send } = bench();
    fleet.startWarm(1);
    at(10);
    fleet.scaleTo(2, 10);
    at(50);
    send(50, 8);
    send(50, 8);
    fleet.scaleTo(1, 50);
    at(100);
    // Pod 0 all the time; pod 1 from 10 until the request that it was serving when it was told to go ended at 58.
    expect(fleet.podSeconds(100)).to.be.closeTo(100 + 48, 1e-9);
  });

  it('cancels a pod that is still starting at once, and that pod never becomes ready', () => {
    const { fleet, at, ready } = bench();
    fleet.startWarm(1);
    fleet.scaleTo(2, 0);
    at(15);
    fleet.scaleTo(1, 15);
    at(60);
    expect(ready).to.deep.equal([0]);
    expect(fleet.podSeconds(60)).to.be.closeTo(60 + 15, 1e-9);
  });

  it('drains: no new requests, the old ones finish within the grace period, the rest is lost', () => {
    const { fleet, at, send, records } = bench();
    fleet.startWarm(2);
    for (let i = 0; i < 4; i++) send(0, 20);
    fleet.scaleTo(1, 1);
    expect(fleet.count('draining')).to.equal(1);
    send(2, 1);
    at(31);
    expect(fleet.count('draining')).to.equal(0);
    const endings = records.map(({ outcome, finishedAt }) => `${outcome} at ${finishedAt}`);
    expect(endings).to.have.members(['completed at 20', 'completed at 20', 'lost at 31']);
  });

  it('loses everything in a pod that crashes, and restarts it in place', () => {
    const { fleet, at, send, records } = bench();
    fleet.startWarm(2);
    for (let i = 0; i < 4; i++) send(0, 10);
    at(5);
    const pod = fleet.pods[0] as Pod;
    fleet.kubelet.crash(pod, 5);
    expect(records.filter(({ outcome }) => outcome === 'lost')).to.have.length(2);
    expect([fleet.spec, fleet.statusReplicas, fleet.count('ready'), fleet.count('starting')]).to.deep.equal([
      2, 2, 1, 1,
    ]);
    at(25);
    expect(fleet.count('ready')).to.equal(2);
    expect(fleet.pods[0]).to.equal(pod);
    expect(pod).to.include({ restarts: 1, lastTerminated: 'Error', readyAt: 25 });
  });

  it('replaces a pod that is lost', () => {
    const { fleet, at } = bench();
    fleet.startWarm(2);
    at(5);
    fleet.kubelet.kill(fleet.pods[0] as Pod, 5);
    expect(fleet.pods.map(({ ordinal, phase }) => [ordinal, phase])).to.deep.equal([
      [1, 'ready'],
      [2, 'starting'],
    ]);
  });

  it('gives the pod with the same ordinal the same cold start, whatever the others do', () => {
    const readyTimes = (steps: readonly number[]): Map<number, number> => {
      const starts = new Map<number, number>();
      const { fleet, timers } = bench({
        pools: [testPool({ coldStart: { median: 60, sigma: 0.3 } })],
        onReady: (pod) => starts.set(pod.ordinal, pod.readyAt - pod.createdAt),
      });
      steps.forEach((replicas, i) => {
        runUntil([timers], 200 * i);
        fleet.scaleTo(replicas, 200 * i);
      });
      runUntil([timers], 200 * steps.length);
      return starts;
    };
    const once = readyTimes([4]);
    const twice = readyTimes([1, 2, 0, 2]);
    for (const ordinal of [0, 1, 2, 3]) expect(twice.get(ordinal)).to.be.closeTo(once.get(ordinal) as number, 1e-9);
    expect(new Set(once.values()).size).to.equal(4);
  });
});

describe('gateway', () => {
  it('holds requests while no replica is ready, serves them then, and rejects beyond its capacity', () => {
    const { fleet, at, send, records, dispatcher } = bench();
    fleet.scaleTo(1, 0);
    for (let i = 0; i < 4; i++) send(1, 2);
    expect(records.map(({ outcome }) => outcome)).to.deep.equal(['rejected']);
    at(30);
    expect(records.map(({ outcome, finishedAt }) => [outcome, finishedAt])).to.deep.equal([
      ['rejected', 1],
      ['completed', 22],
      ['completed', 24],
      ['completed', 26],
    ]);
    expect(dispatcher.ledger.misses).to.equal(4);
  });

  it('lets clients give up while they wait at the gateway, and frees their place', () => {
    const { fleet, at, send, records } = bench({ clientTimeout: 10 });
    fleet.scaleTo(1, 0);
    for (let i = 0; i < 3; i++) send(1, 2);
    at(12);
    for (let i = 0; i < 3; i++) send(13, 1);
    at(40);
    expect(records.map(({ outcome }) => outcome)).to.deep.equal([
      ...Array(3).fill('timed-out'),
      ...Array(3).fill('completed'),
    ]);
  });
});

describe('requests', () => {
  it('are counted as missed at the moment it is certain, not when they end', () => {
    const { fleet, at, send, dispatcher } = bench({ limit: 5 });
    fleet.startWarm(1);
    send(0, 10);
    send(0, 10);
    at(4.9);
    expect(dispatcher.ledger.misses).to.equal(0);
    at(5);
    expect(dispatcher.ledger.misses).to.equal(1);
    at(30);
    expect(dispatcher.ledger.misses).to.equal(1);
  });

  it('are rejected when the engine is full', () => {
    const { fleet, send, records, dispatcher } = bench({ queueCapacity: 1 });
    fleet.startWarm(1);
    for (let i = 0; i < 3; i++) send(0, 10);
    expect(records.map(({ outcome }) => outcome)).to.deep.equal(['rejected']);
    expect(dispatcher.ledger.misses).to.equal(1);
  });

  it('leave their engine when the client gives up, so that the next one gets the slot', () => {
    const { fleet, at, send, records } = bench({ clientTimeout: 10 });
    fleet.startWarm(1);
    send(0, 50);
    send(5, 3);
    at(20);
    expect(records.map(({ outcome, finishedAt }) => [outcome, finishedAt])).to.deep.equal([
      ['timed-out', 10],
      ['completed', 13],
    ]);
  });
});
