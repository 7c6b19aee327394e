import type { SignalName } from '../../src/decision/signal.js';
import { DEFAULT_GRID, emptyWindow, type Grid, type Window } from '../../src/decision/window.js';
import type { Workload } from '../../src/decision/workload.js';

/** What a series may be given as: one value for every tick, or the newest values (oldest first). */
export type SeriesValue = number | readonly number[];

/** A steady, healthy window of four replicas without a queue; `overrides` replaces series. */
export function buildWindow(
  overrides: Partial<Record<SignalName, SeriesValue>> = {},
  tick = 15_000,
  grid: Grid = DEFAULT_GRID,
): Window {
  const window = emptyWindow(tick, grid);
  const steady: Partial<Record<SignalName, SeriesValue>> = {
    queueDepth: 0,
    runningRequests: 12,
    completionRate: 4,
    specReplicas: 4,
    readyReplicas: 4,
    startingReplicas: 0,
    scrapedReplicas: 4,
    sampleAge: 5,
    kvUsage: 0.3,
    p99Latency: 0.4,
    meanLatency: 0.2,
  };
  for (const [name, value] of Object.entries({ ...steady, ...overrides })) setSeries(window, name as SignalName, value);
  return window;
}

function setSeries(window: Window, name: SignalName, value: SeriesValue): void {
  const series = window.series[name];
  if (typeof value === 'number') {
    series.fill(value);
    return;
  }
  const newest = value.slice(-series.length);
  series.fill(newest[0] ?? Number.NaN);
  series.set(newest, series.length - newest.length);
}

/** Makes the newest `count` ticks of these series gaps, as a metrics outage would. */
export function withGap(window: Window, count: number, names?: readonly SignalName[]): Window {
  for (const name of names ?? (Object.keys(window.series) as SignalName[])) {
    const series = window.series[name];
    if (series.length > 1) series.fill(Number.NaN, series.length - count);
  }
  return window;
}

/** A workload whose replicas complete about 1.9 requests/s each. */
export function buildWorkload(overrides: Partial<Workload> = {}): Workload {
  return {
    namespace: 'team-a',
    name: 'chat',
    target: { kind: 'Deployment', name: 'chat' },
    engine: 'vllm',
    slo: { metric: 'ttft', limit: 2 },
    bounds: { minReplicas: 1, maxReplicas: 20 },
    missPrice: 30,
    policy: 'planner',
    maxNumSeqs: 16,
    coldStart: 90,
    backend: 'default',
    hpaTolerance: 0,
    ...overrides,
  };
}
