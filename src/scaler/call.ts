import type { Clock } from '../base/clock.js';
import type { Seconds } from '../base/units.js';
import { ScalerError } from './errors.js';

/** Told of every call that ended; `code` is OK or one of the error table. */
export interface CallRecorder {
  onCall(method: string, code: string, duration: Seconds): void;
  onError(method: string, cause: unknown): void;
  /** A stream has opened (1) or ended (-1). */
  onStream?(method: string, change: 1 | -1): void;
}

export interface CallOptions {
  readonly clock: Clock;
  readonly recorder: CallRecorder;
  readonly deadline?: Seconds;
}

/** No answer of ours takes longer: KEDA sets no deadline, and a slow answer stalls every HPA of the cluster. A first answer's
 * patience ends before it, with a better word for being late. */
const DEADLINE: Seconds = 1;

/** Does the work of one call within the deadline and records how it ended. Rejects as the work does, or with KIS_DEADLINE. */
export async function runCall<T>(method: string, options: CallOptions, work: () => Promise<T>): Promise<T> {
  const record = startRecord(method, options);
  try {
    const result = await withDeadline(Promise.resolve().then(work), options);
    record();
    return result;
  } catch (cause) {
    record(cause);
    throw cause;
  }
}

/** Starts a call's time; the function it returns ends it, with what the call failed of, if it did. */
export function startRecord(method: string, { clock, recorder }: CallOptions): (cause?: unknown) => void {
  const started = clock.monotonic();
  return (cause) => {
    const code = cause === undefined ? 'OK' : cause instanceof ScalerError ? cause.code : 'KIS_BUG';
    recorder.onCall(method, code, clock.monotonic() - started);
    if (code === 'KIS_BUG') recorder.onError(method, cause);
  };
}

async function withDeadline<T>(work: Promise<T>, { clock, deadline = DEADLINE }: CallOptions): Promise<T> {
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
