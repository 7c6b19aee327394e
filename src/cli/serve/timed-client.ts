import type { Clock } from '../../base/clock.js';
import type { Seconds } from '../../base/units.js';
import type { PrometheusClient } from '../../signals/prometheus-client.js';

export type Queries = Pick<PrometheusClient, 'queryInstant' | 'queryRange'>;

/** The same client, whose every request is told to `onRead` with its code (OK or a refusal's) and its time. */
export function timeClient(client: Queries, clock: Clock, onRead: (code: string, duration: Seconds) => void): Queries {
  const timed = async <R extends Awaited<ReturnType<Queries['queryInstant']>>>(request: Promise<R>): Promise<R> => {
    const started = clock.monotonic();
    const result = await request;
    onRead(result.ok ? 'OK' : result.error, clock.monotonic() - started);
    return result;
  };
  return {
    queryInstant: (query, at, signal) => timed(client.queryInstant(query, at, signal)),
    queryRange: (query, range, signal) => timed(client.queryRange(query, range, signal)),
  };
}
