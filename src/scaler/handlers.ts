import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import { type CallOptions, runCall, startRecord } from './call.js';
import type { Decisions } from './decision-service.js';
import { ScalerError, toServiceError } from './errors.js';
import type { ExternalScalerHandlers } from './generated/externalscaler/ExternalScaler.js';
import type { ScaledObjectRef } from './metadata.js';
import type { References } from './references.js';
import { METRIC_NAME, METRIC_SPEC } from './rpc/get-metric-spec.js';
import { toMetrics } from './rpc/get-metrics.js';
import { isActive } from './rpc/is-active.js';
import { pushActivity } from './rpc/stream-is-active.js';

export interface HandlerOptions extends CallOptions {
  readonly references: References;
  readonly service: Decisions;
  /** Aborted at shutdown: streams then end cleanly, because an error would keep KEDA's back-off grown. */
  readonly draining: AbortSignal;
}

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
    runCall(method, options, () => handle(call.request)).then(
      (response) => callback(null, response),
      (cause: unknown) => callback(toServiceError(cause)),
    );
  };
}

type Stream<Request, Response> = (
  request: Request,
  call: ServerWritableStream<Request, Response>,
  closed: AbortSignal,
) => Promise<void>;

function stream<Request, Response>(method: string, options: HandlerOptions, handle: Stream<Request, Response>) {
  return (call: ServerWritableStream<Request, Response>): void => {
    const record = startRecord(method, options);
    options.recorder.onStream?.(method, 1);
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
      .finally(() => {
        options.recorder.onStream?.(method, -1);
        options.draining.removeEventListener('abort', end);
      });
  };
}
