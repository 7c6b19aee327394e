import { status } from '@grpc/grpc-js';
import { REFUSALS, type RefusalCode } from '../decision/decision.js';

export interface ErrorSpec {
  readonly status: status;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly isRetryable: boolean;
  readonly level: 'warn' | 'error';
  /** The whole text a client sees, but for keys and ranges of bad metadata: no upstream body, address, value or stack. */
  readonly text: string;
}

const metrics = (code: RefusalCode): ErrorSpec => ({
  status: status.UNAVAILABLE,
  isRetryable: true,
  level: 'warn',
  text: REFUSALS[code],
});

/** Every error that leaves the scaler. UNAVAILABLE makes the HPA hold and lets KEDA count towards its fallback. */
export const ERRORS = {
  KIS_METADATA_MISSING: {
    status: status.INVALID_ARGUMENT,
    isRetryable: false,
    level: 'warn',
    text: 'the call carries no ScaledObject reference',
  },
  KIS_METADATA_INVALID: {
    status: status.INVALID_ARGUMENT,
    isRetryable: false,
    level: 'warn',
    text: 'the trigger metadata is invalid',
  },
  KIS_METADATA_METRIC: {
    status: status.INVALID_ARGUMENT,
    isRetryable: false,
    level: 'warn',
    text: 'the metric asked for is not one of this trigger',
  },
  KIS_TENANT_DENIED: {
    status: status.PERMISSION_DENIED,
    isRetryable: false,
    level: 'warn',
    text: 'this namespace is not served',
  },
  KIS_UNAUTHENTICATED: {
    status: status.UNAUTHENTICATED,
    isRetryable: false,
    level: 'warn',
    text: 'the request carries no valid bearer token',
  },
  KIS_METRICS_DOWN: metrics('KIS_METRICS_DOWN'),
  KIS_METRICS_SLOW: metrics('KIS_METRICS_SLOW'),
  KIS_METRICS_EMPTY: metrics('KIS_METRICS_EMPTY'),
  KIS_METRICS_STALE: metrics('KIS_METRICS_STALE'),
  KIS_METRICS_PARTIAL: metrics('KIS_METRICS_PARTIAL'),
  KIS_METRICS_MALFORMED: metrics('KIS_METRICS_MALFORMED'),
  KIS_METRICS_OVERSIZE: metrics('KIS_METRICS_OVERSIZE'),
  KIS_STARTING: {
    status: status.UNAVAILABLE,
    isRetryable: true,
    level: 'warn',
    text: 'the first window of this workload is still being read',
  },
  KIS_OVERLOADED: {
    status: status.RESOURCE_EXHAUSTED,
    isRetryable: true,
    level: 'warn',
    text: 'this process serves as many workloads as it may; known ones keep their answers',
  },
  KIS_DEADLINE: {
    status: status.DEADLINE_EXCEEDED,
    isRetryable: true,
    level: 'warn',
    text: 'the call took longer than it may',
  },
  KIS_BUG: {
    status: status.INTERNAL,
    isRetryable: true,
    level: 'error',
    text: 'an error inside the scaler; its log has the cause',
  },
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

/** An error on its way to a client. `detail` names keys and allowed ranges, never values. */
export class ScalerError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? `${code}: ${ERRORS[code].text}` : `${code}: ${ERRORS[code].text}: ${detail}`, options);
    this.code = code;
  }
}

/** Anything that is no ScalerError is a bug, and says so without its own words. */
export function toScalerError(cause: unknown): ScalerError {
  return cause instanceof ScalerError ? cause : new ScalerError('KIS_BUG');
}

/** What grpc-js sends for it. */
export function toServiceError(cause: unknown): { readonly code: status; readonly details: string } {
  const error = toScalerError(cause);
  return { code: ERRORS[error.code].status, details: error.message };
}

const HTTP_STATUS: Readonly<Partial<Record<status, number>>> = {
  [status.INVALID_ARGUMENT]: 400,
  [status.UNAUTHENTICATED]: 401,
  [status.PERMISSION_DENIED]: 403,
  [status.RESOURCE_EXHAUSTED]: 503,
  [status.UNAVAILABLE]: 503,
  [status.DEADLINE_EXCEEDED]: 503,
};

/** What the HTTP door answers with: 503 for whatever may pass, so that KEDA counts towards its fallback. */
export function httpStatusOf(code: ErrorCode): number {
  return HTTP_STATUS[ERRORS[code].status] ?? 500;
}

/** The table for people. */
export function renderErrorTable(): string {
  const rows = Object.entries(ERRORS).map(([code, spec]) => {
    const { status: grpc, isRetryable, level, text } = spec;
    const http = httpStatusOf(code as ErrorCode);
    return `| \`${code}\` | ${status[grpc]} | ${http} | ${isRetryable ? 'yes' : 'no'} | ${level} | ${text} |`;
  });
  return [
    '| code | gRPC status | HTTP status | retryable | log level | meaning |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
