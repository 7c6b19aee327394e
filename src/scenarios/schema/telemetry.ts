import { z } from 'zod';
import { DEFAULT_GRID, type Grid } from '../../decision/window.js';
import { LOOKBACK, type ScrapeOptions } from '../../kisim/telemetry/scrape-options.js';
import { duration } from '../fields.js';

/** `telemetry` of a scenario file: the Prometheus through which a fleet is seen. Decisions stay on the grid of 15 s. */
export const telemetrySchema = z.strictObject({
  scrapeInterval: duration(1, 120)
    .default(DEFAULT_GRID.interval)
    .describe('Between two scrapes of a pod or gateway; queries are made for one scrape a tick (15 s).'),
  kubeInterval: duration(1, 300).optional().describe("Between two scrapes of kube-state-metrics; default: the pods'."),
  kubeDelay: duration(0, 300).default(0).describe('By how much kube-state-metrics is behind the cluster.'),
  lookback: duration(1, 3600).default(LOOKBACK).describe('How long a sample stands for the present.'),
  lag: duration(0, 120).default(DEFAULT_GRID.lag).describe('A window of tick t is evaluated at t - lag.'),
});

export type TelemetrySetup = z.output<typeof telemetrySchema>;

/** Grid and scrapes of a run. */
export function toTelemetryOptions({ lag, kubeInterval, ...scrapes }: TelemetrySetup): {
  readonly grid: Grid;
  readonly scrapes: Partial<ScrapeOptions>;
} {
  return {
    grid: { ...DEFAULT_GRID, lag },
    scrapes: { ...scrapes, ...(kubeInterval === undefined ? {} : { kubeInterval }) },
  };
}
