import type { Clock } from '../../base/clock.js';
import type { Result } from '../../base/result.js';
import type { Seconds } from '../../base/units.js';
import type { PrometheusQueries } from '../../signals/prometheus-client.js';

/** The same client, whose every request is told to `onRead` with its code (OK or a refusal's) and its time. */
export function timeClient(
  client: PrometheusQueries,
  clock: Clock,
  onRead: (code: string, duration: Seconds) => void,
): PrometheusQueries {
  const timed = async <R extends Result<unknown, string>>(request: Promise<R>): Promise<R> => {
    const started = clock.monotonic();
    const result = await request;
    onRead(result.ok ? 'OK' : result.error, clock.monotonic() - started);
    return result;
  };
  return {
    queryInstant: (query, at, signal) => timed(client.queryInstant(query, at, signal)),
    queryTogether: (queries, range, signal) => timed(client.queryTogether(queries, range, signal)),
    queryRange: (query, range, signal) => timed(client.queryRange(query, range, signal)),
  };
}
