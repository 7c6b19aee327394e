import { expect } from 'chai';
import { Demo } from '../../../src/cli/demo/demo.js';
import { createFleets } from '../../../src/cli/demo/demo-fleets.js';
import { DemoTraffic } from '../../../src/cli/demo/demo-traffic.js';
import { KisimSource } from '../../../src/cli/demo/kisim-source.js';
import { assessFreshness } from '../../../src/decision/freshness.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import { buildWorkload } from '../../support/windows.js';

const loaded = loadReplicaKind('demo-small');
if (!loaded.ok) throw new Error(loaded.error);
const kind = loaded.value;

const take = (traffic: DemoTraffic, count: number) => Array.from({ length: count }, () => traffic.next());

describe('demo traffic', () => {
  it('is the same for every fleet, spikes included', () => {
    const [a, b] = [new DemoTraffic(kind.profile, 1), new DemoTraffic(kind.profile, 1)];
    for (const traffic of [a, b]) traffic.spike(60);
    expect(take(a, 3000)).to.deep.equal(take(b, 3000));
  });

  it('adds requests during a spike and keeps the order of time', () => {
    const calm = new DemoTraffic(kind.profile, 2);
    const spiked = new DemoTraffic(kind.profile, 2);
    spiked.spike(100);
    const within = (traffic: DemoTraffic): number => {
      let count = 0;
      for (let last = 0; last < 250; ) {
        const { arrival = Number.POSITIVE_INFINITY } = traffic.next() ?? {};
        expect(arrival).to.be.at.least(last);
        last = arrival;
        if (arrival >= 100 && arrival < 250) count++;
      }
      return count;
    };
    expect(within(spiked)).to.be.above(within(calm) + 1500);
  });
});

describe('telemetry of the demo', () => {
  it('ages from the moment it is stopped: fresh, then only upwards, then refused; and is whole again afterwards', async () => {
    const [ours] = createFleets(kind, { minReplicas: 1, maxReplicas: 9 }, 2, 1);
    if (!ours) throw new Error('no fleet');
    const source = new KisimSource(ours.run);
    const judge = async (tick: number): Promise<string> => {
      const read = await source.read(buildWorkload(), tick);
      return read.ok ? assessFreshness(read.value).kind : 'nothing';
    };
    expect(await judge(600)).to.equal('complete');
    source.stop(600);
    expect([await judge(615), await judge(660), await judge(840)]).to.deep.equal(['complete', 'degraded', 'refused']);
    source.stop(undefined);
    expect(await judge(855)).to.equal('complete');
  });
});

describe('demo', () => {
  it('runs the whole chain: frames, decisions over gRPC, three fleets that met the same requests', async function () {
    this.timeout(20_000);
    const demo = new Demo({ kind, learned: undefined, speed: 600, seed: 1 });
    const frames: number[] = [];
    await demo.start();
    const unsubscribe = demo.subscribe((seen) => frames.push(...seen.map(({ at }) => at)));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    demo.act('spike');
    await new Promise((resolve) => setTimeout(resolve, 500));
    unsubscribe();
    const result = await demo.end();
    expect(frames.length).to.be.above(10);
    expect(frames).to.deep.equal([...frames].sort((a, b) => a - b));
    expect(result.sources.planner).to.be.above(10);
    // Two seconds bring some 160 calls; a starved machine brings far fewer.
    expect(result.grpcCalls).to.be.above(5);
    expect(result.fleets).to.have.length(3);
    for (const { statistics } of result.fleets) expect(statistics.injected).to.be.above(1000);
  });
});
