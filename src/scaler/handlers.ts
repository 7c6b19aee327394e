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

/** No RPC of ours takes longer: KEDA sets no deadline, and a slow answer stalls every HPA of the cluster. A first answer's
 * patience ends before it, with a better word for being late. */
const DEADLINE: Seconds = 1;

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
      await pushActivity(references.resolve(ref), service, clock, {
        write: (result) => call.write({ result }),
        isWritable: () => !call.writableNeedDrain,
        closed,
      });
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
    const record = startRecord(method, options);
    const work = Promise.resolve(call.request).then(handle);
    withDeadline(work, options).then(
      (response) => {
        callback(null, response);
        record();
      },
      (cause: unknown) => {
        callback(toServiceError(cause));
        record(cause);
      },
    );
  };
}

/** Starts a call's time; the function it returns ends it, with what the call failed of, if it did. */
function startRecord(method: string, { clock, recorder }: HandlerOptions): (cause?: unknown) => void {
  const started = clock.monotonic();
  return (cause) => {
    const code = cause === undefined ? 'OK' : cause instanceof ScalerError ? cause.code : 'KIS_BUG';
    recorder.onCall(method, code, clock.monotonic() - started);
    if (code === 'KIS_BUG') recorder.onError(method, cause);
  };
}

async function withDeadline<T>(work: Promise<T>, { clock, deadline = DEADLINE }: HandlerOptions): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(deadline, done.signal).then((): undefined => {
    if (!done.signal.aborted) throw new ScalerError('KIS_DEADLINE');
  });
  try {
    return (await Promise.race([work, late])) as T;
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
    const record = startRecord(method, options);
    const ended = new AbortController();
    const end = (): void => ended.abort();
    call.on('cancelled', end);
    call.on('error', end);
    if (options.draining.aborted) end();
    options.draining.addEventListener('abort', end);
    Promise.resolve()
      .then(() => handle(call.request, call, ended.signal))
      .then(
        () => {
          call.end();
          record();
        },
        (cause: unknown) => {
          call.emit('error', toServiceError(cause));
          record(cause);
        },
      )
      .finally(() => options.draining.removeEventListener('abort', end));
  };
}
