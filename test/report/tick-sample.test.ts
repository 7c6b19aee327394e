import { expect } from 'chai';
import type { RequestRecord } from '../../src/kisim/replica/request.js';
import { createPlanner } from '../../src/policies/planner.js';
import { type TickSample, TickSampler } from '../../src/report/tick-sample.js';
import { createFleetRun } from '../../src/scenarios/create-fleet-run.js';
import { type DriveResult, drive } from '../../src/scenarios/drive.js';
import { testRunOptions } from '../kisim/support/runs.js';

const DURATION = 300;

async function play(isSampled: boolean): Promise<{ result: DriveResult; samples: TickSample[]; ends: number[] }> {
  const samples: TickSample[] = [];
  const sampler = new TickSampler();
  const ends: number[] = [];
  const onRequest = (record: RequestRecord): void => {
    ends.push(record.finishedAt);
    sampler.onRequest(record);
  };
  const run = createFleetRun(testRunOptions(3, { onRequest, faults: [{ kind: 'pod-crash', at: 120, pods: 1 }] }));
  const result = await drive(run, {
    policy: createPlanner(),
    guards: true,
    duration: DURATION,
    patience: 60,
    ...(isSampled ? { onTick: (tick, state) => void samples.push(sampler.sample(tick, state)) } : {}),
  });
  return { result, samples, ends };
}

describe('samples of a run', () => {
  let sampled: Awaited<ReturnType<typeof play>>;
  before(async () => {
    sampled = await play(true);
  });
  const total = (of: (sample: TickSample) => number): number =>
    sampled.samples.reduce((sum, sample) => sum + of(sample), 0);

  it('do not change the run that they are taken of', async () => {
    expect((await play(false)).result).to.deep.equal(sampled.result);
  });

  it('add up to what the run came to, but for what ended after the last tick', () => {
    const { statistics } = sampled.result;
    expect(total(({ arrivals }) => arrivals)).to.equal(statistics.injected);
    expect(total(({ injected }) => injected)).to.equal(statistics.injected);
    expect(total(({ misses }) => misses)).to.be.within(0.95 * statistics.misses, statistics.misses);
    expect(total(({ ended }) => ended)).to.be.within(0.95 * statistics.injected, statistics.injected);
  });

  it('hold every latency of the requests that ended, in ascending order', () => {
    expect(total(({ latencies }) => latencies.latency.length)).to.be.above(100);
    for (const { latencies, ended } of sampled.samples) {
      expect(latencies.latency.length).to.be.at.most(ended);
      for (const values of Object.values(latencies))
        expect([...values]).to.deep.equal([...(values as Float64Array)].sort((a, b) => a - b));
    }
  });

  it('have ends that are those of the requests, one by one', () => {
    let ends = 0;
    for (const { ended } of sampled.samples) ends += ended;
    expect(ends).to.equal(sampled.ends.filter((at) => at <= (sampled.samples.at(-1)?.tick ?? 0)).length);
  });

  it('count every pod in exactly one phase, and conserve requests in flight', () => {
    let inFlight = 0;
    for (const { phases, replicas, waiting, running, injected, ended } of sampled.samples) {
      expect(phases.get('ready') ?? 0).to.equal(replicas.ready);
      inFlight += injected - ended;
      expect([waiting + running, ended >= 0]).to.deep.equal([inFlight, true]);
    }
  });
});
