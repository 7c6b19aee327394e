import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { createPlanner } from '../../src/policies/planner.js';
import type { GetMetricSpecResponse__Output } from '../../src/scaler/generated/externalscaler/GetMetricSpecResponse.js';
import type { GetMetricsResponse__Output } from '../../src/scaler/generated/externalscaler/GetMetricsResponse.js';
import { METRIC_NAME } from '../../src/scaler/rpc/get-metric-spec.js';
import { call, connect, fixedPolicy, type ScalerBed, startScaler } from '../support/scaler.js';
import { buildWindow } from '../support/windows.js';

const REF = {
  name: 'chat',
  namespace: 'team-a',
  scalerMetadata: { scalerAddress: 'here:9090', engine: 'vllm', slo: '2s', maxNumSeqs: '16' },
};
const METRICS = { scaledObjectRef: REF, metricName: METRIC_NAME };

interface Failure {
  readonly code: status;
  readonly details: string;
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    return error as unknown as Failure;
  }
  throw new Error('the call did not fail');
}

describe("KEDA's contract", () => {
  let bed: ScalerBed;
  const getMetrics = (): Promise<GetMetricsResponse__Output> => call(bed.client, 'GetMetrics', METRICS);
  const withMetadata = (changes: Record<string, string>) => ({
    ...REF,
    scalerMetadata: { ...REF.scalerMetadata, ...changes },
  });

  beforeEach(async () => {
    bed = await startScaler();
  });

  afterEach(() => bed.close());

  it('is answered in the order in which KEDA polls, with target 1 and the count in both number fields', async () => {
    const spec = await call<typeof REF, GetMetricSpecResponse__Output>(bed.client, 'GetMetricSpec', REF);
    expect(spec.metricSpecs).to.deep.equal([{ metricName: METRIC_NAME, targetSize: '1', targetSizeFloat: 1 }]);
    const metrics = await getMetrics();
    expect(metrics.metricValues).to.deep.equal([{ metricName: METRIC_NAME, metricValue: '6', metricValueFloat: 6 }]);
    expect(await call(bed.client, 'IsActive', REF)).to.deep.equal({ result: true });
  });

  it('answers from memory: ten questions within a tick are one decision', async () => {
    await getMetrics();
    const reads = bed.source.reads;
    await Promise.all(Array.from({ length: 10 }, getMetrics));
    expect(bed.source.reads).to.equal(reads);
  });

  it('L5: the metric spec depends on metadata alone', async () => {
    bed.source.answer = () => 'KIS_METRICS_DOWN';
    const spec = await call<typeof REF, GetMetricSpecResponse__Output>(bed.client, 'GetMetricSpec', REF);
    expect(spec.metricSpecs).to.have.length(1);
  });

  it('says UNAVAILABLE when metrics are unknown, never a number, for GetMetrics and IsActive alike', async () => {
    bed.source.answer = () => 'KIS_METRICS_DOWN';
    for (const failure of [await failureOf(getMetrics()), await failureOf(call(bed.client, 'IsActive', REF))]) {
      expect(failure.code).to.equal(status.UNAVAILABLE);
      expect(failure.details).to.match(/^KIS_METRICS_DOWN: /);
    }
  });

  it('M2: does not wait longer than it may for a source that never answers', async () => {
    bed.source.read = () => new Promise(() => {});
    const started = performance.now();
    const failure = await failureOf(getMetrics());
    expect(failure.code).to.equal(status.UNAVAILABLE);
    expect(failure.details).to.match(/^KIS_STARTING/);
    expect(performance.now() - started).to.be.within(600, 1300);
  });

  it('T1: refuses bad metadata with every key and its allowed range, and without the value', async () => {
    const failure = await failureOf(
      call(bed.client, 'GetMetricSpec', withMetadata({ slo: 'se-cret', missPrice: '5000' })),
    );
    expect(failure.code).to.equal(status.INVALID_ARGUMENT);
    expect(failure.details)
      .to.include('slo: duration from 0.01s to 3600s')
      .and.include('missPrice: number from 1 to 1000');
    expect(failure.details).not.to.include('se-cret').and.not.to.include('5000');
  });

  it('T1: lets unknown keys pass but reports them; secrets from the environment pass silently', async () => {
    await call(bed.client, 'GetMetricSpec', withMetadata({ missprice: '3', tokenFromEnv: 'hush' }));
    expect(bed.log).to.include('unknown chat missprice');
    expect(bed.log.join('\n')).not.to.include('hush');
  });

  it('T13: says INVALID_ARGUMENT to a call without a reference', async () => {
    expect((await failureOf(call(bed.client, 'GetMetrics', { metricName: METRIC_NAME }))).code).to.equal(
      status.INVALID_ARGUMENT,
    );
    expect((await failureOf(call(bed.client, 'IsActive', {}))).code).to.equal(status.INVALID_ARGUMENT);
  });

  it('T14: knows its metric without the prefix of the HPA only', async () => {
    for (const metricName of ['', 's0-kiscaler-replicas', 'other']) {
      expect((await failureOf(call(bed.client, 'GetMetrics', { ...METRICS, metricName }))).code).to.equal(
        status.INVALID_ARGUMENT,
      );
    }
  });

  it('T15: no secret of the metadata appears anywhere after an error', async () => {
    bed.source.answer = () => {
      throw new Error('boom');
    };
    await failureOf(call(bed.client, 'IsActive', withMetadata({ passwordFromEnv: 'hunter2' })));
    expect(bed.log.join('\n')).to.include('boom').and.not.to.include('hunter2');
  });

  it('L11: two processes give one answer for one tick', async () => {
    const other = await startScaler();
    try {
      const there = await call<typeof METRICS, GetMetricsResponse__Output>(other.client, 'GetMetrics', METRICS);
      expect(there).to.deep.equal(await getMetrics());
    } finally {
      await other.close();
    }
  });

  it('G9: StreamIsActive says its state at once and ends cleanly on drain', async () => {
    const seen: boolean[] = [];
    const ended = new Promise<string>((resolve) => {
      const stream = bed.client.StreamIsActive(REF);
      stream.on('data', ({ result }: { result: boolean }) => {
        seen.push(result);
        void bed.server.drain();
      });
      stream.on('error', (error: Error) => resolve(`error ${error.message}`));
      stream.on('end', () => resolve('end'));
    });
    expect(await ended).to.equal('end');
    expect(seen).to.deep.equal([true]);
  });

  it('G10: StreamMetricSpec sends the spec at once, stays open and ends cleanly on drain', async () => {
    const seen: number[] = [];
    const ended = new Promise<string>((resolve) => {
      const stream = bed.client.StreamMetricSpec(REF);
      stream.on('data', ({ metricSpecs }: GetMetricSpecResponse__Output) => {
        seen.push(metricSpecs.length);
        void bed.server.drain();
      });
      stream.on('error', (error: Error) => resolve(`error ${error.message}`));
      stream.on('end', () => resolve('end'));
    });
    expect(await ended).to.equal('end');
    expect(seen).to.deep.equal([1]);
  });

  it('L1: draining loses no call', async () => {
    await getMetrics();
    const calls = Array.from({ length: 100 }, getMetrics);
    await Promise.all([...calls, bed.server.drain()]);
  });

  it('G13: a policy that throws costs its proposal, not the answer', async () => {
    const broken = { name: 'qplan', propose: () => Promise.reject(new Error('no session')) };
    const other = await startScaler({ policies: [createPlanner(), broken] });
    try {
      const { metricValues } = await call<typeof METRICS, GetMetricsResponse__Output>(
        other.client,
        'GetMetrics',
        METRICS,
      );
      expect(metricValues[0]?.metricValueFloat).to.be.within(1, 100);
      expect(other.log.some((line) => line.startsWith('failure policy qplan'))).to.equal(true);
    } finally {
      await other.close();
    }
  });

  it('sends D - 0.999 on the way down where the HPA keeps its default tolerance', async () => {
    const other = await startScaler({ policies: [createPlanner(), fixedPolicy('qplan', 9)] });
    other.source.answer = (tick) =>
      buildWindow(
        { specReplicas: 10, readyReplicas: 10, scrapedReplicas: 10, runningRequests: 0, completionRate: 0 },
        tick,
      );
    try {
      const request = { metricName: METRIC_NAME, scaledObjectRef: withMetadata({ hpaTolerance: 'default' }) };
      const { metricValues } = await call<typeof request, GetMetricsResponse__Output>(
        other.client,
        'GetMetrics',
        request,
      );
      expect(metricValues[0]).to.deep.include({ metricValue: '9', metricValueFloat: 9 - 0.999 });
    } finally {
      await other.close();
    }
  });

  it('turns new workloads away when it has as many as it may, and keeps answering the known ones', async () => {
    const small = await startScaler({ maxWorkloads: 1 });
    try {
      await call(small.client, 'GetMetrics', METRICS);
      const stranger = { ...METRICS, scaledObjectRef: { ...REF, name: 'other' } };
      expect((await failureOf(call(small.client, 'GetMetrics', stranger))).code).to.equal(status.RESOURCE_EXHAUSTED);
      await call(small.client, 'GetMetrics', METRICS);
    } finally {
      await small.close();
    }
  });

  it('is gone at once when it is closed, also for those that are connected', async () => {
    await getMetrics();
    bed.server.close();
    // The sessions end with the next turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await failureOf(getMetrics())).code).to.equal(status.UNAVAILABLE);
  });

  it('answers a second client on the same port', async () => {
    const second = connect(bed.server.port);
    expect(await call(second, 'IsActive', REF)).to.deep.equal({ result: true });
    second.close();
  });
});
