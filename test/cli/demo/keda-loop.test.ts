import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.js';
import { KedaClient, type KedaReading } from '../../../src/cli/demo/keda-client.js';
import { runKedaLoop } from '../../../src/cli/demo/keda-loop.js';
import { type ScalerBed, startScaler } from '../../support/scaler.js';

const BOUNDS = { minReplicas: 1, maxReplicas: 10 };

/** Lets the loop run for so many periods on readings that the test gives, one list entry a period. */
async function play(readings: readonly KedaReading[], start: number): Promise<number[]> {
  const clock = new ManualClock(0);
  const ending = new AbortController();
  let replicas = start;
  let calls = 0;
  const fleet = {
    get specReplicas() {
      return replicas;
    },
    get statusReplicas() {
      return replicas;
    },
    scaleTo: (wanted: number) => {
      replicas = wanted;
    },
  };
  const read = async (): Promise<KedaReading> =>
    readings[Math.floor(calls++ / 2)] ?? { metricTotal: undefined, isActive: undefined };
  const loop = runKedaLoop(read, fleet, { bounds: BOUNDS, clock }, ending.signal);
  const seen: number[] = [];
  for (const _ of readings) {
    await clock.advance(15);
    seen.push(replicas);
  }
  ending.abort();
  await clock.advance(15);
  await loop;
  return seen;
}

const says = (metricTotal: number): KedaReading => ({ metricTotal, isActive: metricTotal >= 1 });
const error: KedaReading = { metricTotal: undefined, isActive: undefined };

describe("KEDA's loop in the demo", () => {
  it('runs exactly what the scaler decides on the way up, within bounds', async () => {
    expect(await play([says(3), says(7), says(40)], 2)).to.deep.equal([3, 7, 10]);
  });

  it('comes down when two minutes of decisions agree', async () => {
    // A new HPA takes the count that it finds for a recommendation.
    expect(await play(Array(10).fill(says(2)), 5)).to.deep.equal([...Array(8).fill(5), 2, 2]);
    expect(await play([says(6), ...Array(9).fill(says(2))], 5)).to.deep.equal([...Array(8).fill(6), 2, 2]);
  });

  it('holds while the scaler has no answer', async () => {
    expect(await play([says(4), error, error, says(5)], 2)).to.deep.equal([4, 4, 4, 5]);
  });
});

describe('KEDA client of the demo', () => {
  let bed: ScalerBed;
  const client = (scalerMetadata: Record<string, string>): KedaClient =>
    new KedaClient(`127.0.0.1:${bed.server.port}`, { name: 'chat', namespace: 'team-a', scalerMetadata });

  beforeEach(async () => {
    bed = await startScaler();
  });

  afterEach(() => bed.close());

  it("makes KEDA's three calls in KEDA's order and reads the count", async () => {
    const keda = client({ engine: 'vllm', slo: '2s' });
    expect(await keda.read()).to.deep.equal({ metricTotal: 6, isActive: true });
    expect(keda.calls).to.equal(3);
    const calls = bed.log.filter((line) => line.startsWith('call'));
    expect(calls.map((line) => line.split(' ')[1])).to.deep.equal(['GetMetricSpec', 'GetMetrics', 'IsActive']);
    keda.close();
  });

  it('takes any error for "unknown", never for a number', async () => {
    const keda = client({ engine: 'vllm' });
    expect(await keda.read()).to.deep.equal(error);
    keda.close();
  });
});
