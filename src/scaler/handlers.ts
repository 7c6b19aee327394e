import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import type { Clock } from '../base/clock.js';
import type { Seconds } from '../base/units.js';
import type { DecisionService } from './decision-service.js';
import { ScalerError, toServiceError } from './errors.js';
import type { ExternalScalerHandlers } from './generated/externalscaler/ExternalScaler.js';
import type { ScaledObjectRef } from './metadata.js';
import type { References } from './references.js';
import { METRIC_NAME, METRIC_SPEC } from './rpc/get-metric-spec.js';
import { toMetrics } from './rpc/get-metrics.js';
import { isActive } from './rpc/is-active.js';
import { pushActivity } from './rpc/stream-is-active.js';

/** Told of every call that ended; `code` is OK or one of the error table. */
export interface CallRecorder {
  onCall(method: string, code: string, duration: Seconds): void;
  onError(method: string, cause: unknown): void;
}

export interface HandlerOptions {
  readonly references: References;
  readonly service: DecisionService;
  readonly clock: Clock;
  readonly recorder: CallRecorder;
  /** Aborted at shutdown: streams then end cleanly, because an error would keep KEDA's back-off grown. */
  readonly draining: AbortSignal;
  readonly deadline?: Seconds;
}

/** No RPC of ours takes longer: KEDA sets no deadline, and a slow answer stalls every HPA of the cluster. */
const DEADLINE: Seconds = 0.7;

/** The five RPCs of KEDA's external scaler. Each is one line of meaning; errors, deadlines and records are in the wrappers. */
export function createHandlers(options: HandlerOptions): ExternalScalerHandlers {
  const { references, service, clock } = options;
  const decisionFor = async (ref: ScaledObjectRef | null | undefined) => {
    const { key, workload } = references.resolve(ref);
    return { workload, decision: await service.decisionFor(key, workload) };
  };
  return {
    GetMetricSpec: unary('GetMetricSpec', options, async (ref: ScaledObjectRef) => {
      references.resolve(ref);
      return METRIC_SPEC;
    }),
    GetMetrics: unary(
      'GetMetrics',
      options,
      async (request: { metricName: string; scaledObjectRef: ScaledObjectRef | null }) => {
        if (request.metricName !== METRIC_NAME)
          throw new ScalerError('KIS_METADATA_METRIC', `metricName: ${METRIC_NAME}`);
        const { workload, decision } = await decisionFor(request.scaledObjectRef);
        return toMetrics(workload, decision);
      },
    ),
    IsActive: unary('IsActive', options, async (ref: ScaledObjectRef) => ({
      result: isActive((await decisionFor(ref)).decision),
    })),
    StreamIsActive: stream('StreamIsActive', options, async (ref: ScaledObjectRef, call, closed) => {
      const write = (result: boolean): boolean => call.write({ result });
      await pushActivity(references.resolve(ref), service, clock, { write, closed });
    }),
    StreamMetricSpec: stream('StreamMetricSpec', options, async (ref: ScaledObjectRef, call, closed) => {
      references.resolve(ref);
      call.write(METRIC_SPEC);
      await new Promise((resolve) => (closed.aborted ? resolve(undefined) : closed.addEventListener('abort', resolve)));
    }),
  };
}

type Unary<Request, Response> = (request: Request) => Promise<Response>;

/** One place for what may go wrong in a handler: grpc-js would let a rejection kill the process. */
function unary<Request, Response>(method: string, options: HandlerOptions, handle: Unary<Request, Response>) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    const started = options.clock.monotonic();
    const finish = (code: string): void => options.recorder.onCall(method, code, options.clock.monotonic() - started);
    withDeadline(Promise.resolve(call.request).then(handle), options).then(
      (response) => {
        finish('OK');
        callback(null, response);
      },
      (cause: unknown) => {
        finish(cause instanceof ScalerError ? cause.code : 'KIS_BUG');
        if (!(cause instanceof ScalerError)) options.recorder.onError(method, cause);
        callback(toServiceError(cause));
      },
    );
  };
}

async function withDeadline<T>(work: Promise<T>, { clock, deadline = DEADLINE }: HandlerOptions): Promise<T> {
  const done = new AbortController();
  // Twice the first answer's patience: that one has a better word for being late.
  const late = clock.sleep(2 * deadline, done.signal).then((): never => {
    throw new ScalerError('KIS_DEADLINE');
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}

type Stream<Request, Response> = (
  request: Request,
  call: ServerWritableStream<Request, Response>,
  closed: AbortSignal,
) => Promise<void>;

function stream<Request, Response>(method: string, options: HandlerOptions, handle: Stream<Request, Response>) {
  return (call: ServerWritableStream<Request, Response>): void => {
    const started = options.clock.monotonic();
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort());
    call.on('error', () => cancelled.abort());
    const closed = AbortSignal.any([cancelled.signal, options.draining]);
    const finish = (code: string): void => options.recorder.onCall(method, code, options.clock.monotonic() - started);
    Promise.resolve()
      .then(() => handle(call.request, call, closed))
      .then(
        () => {
          finish('OK');
          call.end();
        },
        (cause: unknown) => {
          finish(cause instanceof ScalerError ? cause.code : 'KIS_BUG');
          if (!(cause instanceof ScalerError)) options.recorder.onError(method, cause);
          call.emit('error', toServiceError(cause));
        },
      );
  };
}
