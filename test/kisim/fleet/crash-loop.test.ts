import { expect } from 'chai';
import { CrashLoop } from '../../../src/kisim/fleet/crash-loop.js';
import type { Pod } from '../../../src/kisim/fleet/pod.js';
import { bench, testPool } from '../support/fleet-bench.js';

describe('crash loop', () => {
  it('waits 0, 10, 20, 40, 80, 160, 300, 300 seconds for a container that fails at once', () => {
    const loop = new CrashLoop();
    const waits: number[] = [];
    let now = 1000;
    for (let i = 0; i < 8; i++) {
      const wait = loop.next(now);
      waits.push(wait);
      now += wait + 1;
    }
    expect(waits).to.deep.equal([0, 10, 20, 40, 80, 160, 300, 300]);
  });

  it('forgives a container that has run for ten minutes, and not one that ran for nine', () => {
    const loop = new CrashLoop();
    loop.next(0);
    expect(loop.next(540)).to.equal(10);
    expect(loop.next(550 + 601)).to.equal(0);
    expect(loop.next(1151 + 1)).to.equal(10);
  });

  it('keeps a pod that fails at every start from ever becoming ready, and lets it recover afterwards', () => {
    const { fleet, timers, at } = bench({ pools: [testPool({ coldStart: { median: 5, sigma: 0 } })] });
    fleet.startWarm(1);
    const pod = fleet.pods[0] as Pod;
    timers.schedule(100, 0, (now) => {
      pod.failsUntil = 400;
      fleet.kubelet.crash(pod, now);
    });
    const restarts: [number, number, string | undefined][] = [];
    for (let now = 99; now < 600; now++) {
      at(now);
      if (restarts.at(-1)?.[1] !== pod.restarts) restarts.push([now, pod.restarts, pod.waitingReason]);
      expect(pod.phase === 'ready').to.equal(now < 100 || now >= 100 + 5 * 6 + 10 + 20 + 40 + 80 + 160);
    }
    expect(restarts).to.deep.equal([
      [99, 0, undefined],
      [100, 1, undefined],
      [105, 2, 'CrashLoopBackOff'],
      [120, 3, 'CrashLoopBackOff'],
      [145, 4, 'CrashLoopBackOff'],
      [190, 5, 'CrashLoopBackOff'],
      [275, 6, 'CrashLoopBackOff'],
    ]);
    expect(fleet.statusReplicas).to.equal(1);
  });

  it('kills a container for its memory again and again after so much service', () => {
    const { fleet, timers, at } = bench({ pools: [testPool({ coldStart: { median: 5, sigma: 0 } })] });
    fleet.startWarm(1);
    const pod = fleet.pods[0] as Pod;
    timers.schedule(50, 0, (now) => {
      pod.oom = { after: 60, until: 200 };
      fleet.kubelet.crash(pod, now, 'OOMKilled');
    });
    at(1000);
    // Killed at 50; ready at 55; killed at 115; back-off 10, ready at 130; killed at 190; back-off 20, ready at 215.
    expect(pod).to.include({ restarts: 3, lastTerminated: 'OOMKilled', phase: 'ready', readyAt: 215 });
  });
});
