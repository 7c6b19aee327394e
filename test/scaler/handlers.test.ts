import { EventEmitter } from 'node:events';
import { type ServerUnaryCall, type ServerWritableStream, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { ManualClock } from '../../src/base/clock.js';
import type { Decision } from '../../src/decision/decision.js';
import type { DecisionService } from '../../src/scaler/decision-service.js';
import { ScalerError } from '../../src/scaler/errors.js';
import type { IsActiveResponse } from '../../src/scaler/generated/externalscaler/IsActiveResponse.js';
import type { ScaledObjectRef__Output } from '../../src/scaler/generated/externalscaler/ScaledObjectRef.js';
import { createHandlers } from '../../src/scaler/handlers.js';
import { References } from '../../src/scaler/references.js';

const REF = { name: 'chat', namespace: 'team-a', scalerMetadata: { engine: 'vllm', slo: '2s' } };
const DECISION: Decision = {
  kind: 'decision',
  tick: 0,
  replicas: 3,
  currentReplicas: 3,
  source: 'policy',
  proposals: [],
  corrections: [],
  sentence: '3 stays 3',
};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The server's end of a stream; `isFull` plays a client that does not read. */
class FakeStream extends EventEmitter {
  readonly request = REF;
  readonly sent: boolean[] = [];
  writableNeedDrain = false;
  isEnded = false;

  write({ result }: IsActiveResponse): void {
    this.sent.push(result === true);
  }

  end(): void {
    this.isEnded = true;
  }
}

interface Bed {
  readonly clock: ManualClock;
  readonly draining: AbortController;
  readonly calls: string[];
  readonly errors: unknown[];
  readonly streams: string[];
  isActive(): Promise<{ readonly code: status } | IsActiveResponse>;
  open(): FakeStream;
  decide(replicas: number): void;
}

function createBed(decisionFor: () => Promise<Decision>): Bed {
  const clock = new ManualClock(0);
  const draining = new AbortController();
  const calls: string[] = [];
  const errors: unknown[] = [];
  const streams: string[] = [];
  let listener: ((decision: Decision) => void) | undefined;
  const service = {
    decisionFor,
    subscribe: (_: string, __: unknown, next: (decision: Decision) => void) => {
      listener = next;
      return () => {
        listener = undefined;
      };
    },
  } as unknown as DecisionService;
  const handlers = createHandlers({
    references: new References({
      context: { findProfile: () => undefined, hasPolicy: () => true, hasBackend: () => true },
      onUnknownKeys: () => {},
    }),
    service,
    clock,
    recorder: {
      onCall: (method, code) => calls.push(`${method} ${code}`),
      onError: (_, cause) => errors.push(cause),
      onStream: (method, change) => streams.push(`${method} ${change}`),
    },
    draining: draining.signal,
  });
  return {
    clock,
    draining,
    calls,
    errors,
    streams,
    isActive: () =>
      new Promise((resolve) => {
        const call = { request: REF } as unknown as ServerUnaryCall<ScaledObjectRef__Output, IsActiveResponse>;
        handlers.IsActive(call, (error, response) => resolve((error as { code: status } | null) ?? response ?? {}));
      }),
    open: () => {
      const stream = new FakeStream();
      handlers.StreamIsActive(stream as unknown as ServerWritableStream<ScaledObjectRef__Output, IsActiveResponse>);
      return stream;
    },
    decide: (replicas) => listener?.({ ...DECISION, replicas }),
  };
}

describe('handlers', () => {
  it('G13: a throw is INTERNAL, without its words, and is recorded', async () => {
    const bed = createBed(() => {
      throw new Error('hunter2');
    });
    const answer = await bed.isActive();
    expect(answer).to.include({ code: status.INTERNAL });
    expect(JSON.stringify(answer)).not.to.include('hunter2');
    expect(bed.calls).to.deep.equal(['IsActive KIS_BUG']);
    expect(bed.errors).to.have.length(1);
  });

  it('G13: a rejection is INTERNAL', async () => {
    const bed = createBed(() => Promise.reject(new TypeError('x')));
    expect(await bed.isActive()).to.include({ code: status.INTERNAL });
  });

  it('G13: what never answers is DEADLINE_EXCEEDED after a second', async () => {
    const bed = createBed(() => new Promise(() => {}));
    const answer = bed.isActive();
    await bed.clock.advance(1.01);
    expect(await answer).to.include({ code: status.DEADLINE_EXCEEDED });
    expect(bed.calls).to.deep.equal(['IsActive KIS_DEADLINE']);
  });

  it('records what is expected to fail by its code, and not as an error', async () => {
    const bed = createBed(() => Promise.reject(new ScalerError('KIS_METRICS_DOWN')));
    expect(await bed.isActive()).to.include({ code: status.UNAVAILABLE });
    expect(bed.calls).to.deep.equal(['IsActive KIS_METRICS_DOWN']);
    expect(bed.errors).to.deep.equal([]);
  });

  it('is active from one replica on', async () => {
    for (const [replicas, result] of [
      [0, false],
      [1, true],
      [9, true],
    ] as const) {
      expect(await createBed(async () => ({ ...DECISION, replicas })).isActive()).to.deep.equal({ result });
    }
  });
});

describe('StreamIsActive', () => {
  const bedWithStream = async () => {
    const bed = createBed(async () => DECISION);
    const stream = bed.open();
    await settle();
    return { bed, stream };
  };

  it('G9: tells the state at once, its changes, and repeats true every ten seconds but never false', async () => {
    const { bed, stream } = await bedWithStream();
    expect(stream.sent).to.deep.equal([]);
    bed.decide(0);
    expect(stream.sent).to.deep.equal([false]);
    await bed.clock.advance(60);
    bed.decide(0);
    expect(stream.sent).to.deep.equal([false]);
    bed.decide(2);
    bed.decide(5);
    expect(stream.sent).to.deep.equal([false, true]);
    await bed.clock.advance(30);
    expect(stream.sent).to.deep.equal([false, true, true, true, true]);
  });

  it('queues nothing for a client that does not read, and tells it later', async () => {
    const { bed, stream } = await bedWithStream();
    bed.decide(0);
    stream.writableNeedDrain = true;
    bed.decide(1);
    await bed.clock.advance(40);
    expect(stream.sent).to.deep.equal([false]);
    stream.writableNeedDrain = false;
    await bed.clock.advance(10);
    expect(stream.sent).to.deep.equal([false, true]);
  });

  it('ends cleanly on drain, also when it comes after the drain', async () => {
    const { bed, stream } = await bedWithStream();
    bed.draining.abort();
    await settle();
    expect(stream.isEnded).to.equal(true);
    expect(bed.streams, 'opened and ended').to.deep.equal(['StreamIsActive 1', 'StreamIsActive -1']);
    const late = bed.open();
    await settle();
    expect(late.isEnded).to.equal(true);
    expect(bed.calls).to.deep.equal(['StreamIsActive OK', 'StreamIsActive OK']);
  });

  it('G8: sends nothing after the client has gone', async () => {
    const { bed, stream } = await bedWithStream();
    bed.decide(1);
    stream.emit('cancelled');
    await settle();
    bed.decide(0);
    bed.decide(1);
    await bed.clock.advance(60);
    expect(stream.sent).to.deep.equal([true]);
  });
});
