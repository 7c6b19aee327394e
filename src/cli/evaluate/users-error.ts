import { TrafficError } from '../../evaluation/play-run.js';
import { TraceError } from '../../kisim/traffic/trace-error.js';
import { isUsersError as isOrdinary } from '../simulate/usage-error.js';

/** A bad option, or a trace that is not there or not a trace. */
export function isUsersError(error: unknown): error is Error {
  if (!(error instanceof TrafficError)) return isOrdinary(error);
  return error.cause instanceof TraceError || isOrdinary(error.cause);
}
