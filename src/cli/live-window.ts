import { readFileSync } from 'node:fs';
import { createSystemClock } from '../base/clock.js';
import { err, ok, type Result } from '../base/result.js';
import type { Seconds } from '../base/units.js';
import { REFUSALS } from '../decision/decision.js';
import { DEFAULT_GRID, tickAt, type Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';
import { PrometheusClient } from '../signals/prometheus-client.js';
import { PrometheusSource } from '../signals/prometheus-source.js';

/** A user's Prometheus, and the grid of the scaler that reads it. */
export interface LiveTelemetry {
  readonly prometheusUrl: string;
  /** File with the bearer token that it asks for. */
  readonly prometheusTokenFile?: string | undefined;
  /** The server's; its lag is one tick, its window has as many ticks as the shipped model was trained with. */
  readonly tick?: Seconds | undefined;
}

/**
 * The window of the present tick, whichever backend the workload names: what a server with this grid reads at that tick.
 * The error is why nothing could be read, code and meaning. Throws as `fs` does for the token's file.
 */
export async function readLiveWindow(
  workload: Workload,
  { prometheusUrl, prometheusTokenFile: file, tick = DEFAULT_GRID.interval }: LiveTelemetry,
): Promise<Result<Window, string>> {
  const clock = createSystemClock();
  const token = file === undefined ? undefined : readFileSync(file, 'utf8').trim();
  const client = new PrometheusClient({
    baseUrl: prometheusUrl,
    clock,
    ...(token === undefined ? {} : { readToken: () => token }),
  });
  const grid = { ...DEFAULT_GRID, interval: tick, lag: tick };
  const source = new PrometheusSource({ clients: new Map([[workload.backend, client]]), grid });
  const read = await source.read(workload, tickAt(clock.now(), tick));
  client.close();
  if (read.ok) return ok(read.value);
  const code = read.error[0]?.code ?? 'KIS_METRICS_DOWN';
  return err(`${code}: ${REFUSALS[code]}`);
}
