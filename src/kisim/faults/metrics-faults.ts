import { z } from 'zod';
import { duration } from '../duration.js';
import type { EventQueue } from '../event-queue.js';
import { COLUMN } from '../telemetry/pod-series.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { at, during, until } from './fault-line.js';

const share = z.number().min(0.01).max(1);

/** Series of an engine that can go missing, and the columns of a sample that they are. */
const SERIES = {
  waiting: [COLUMN.waiting],
  running: [COLUMN.running],
  kvUsage: [COLUMN.kvUsage],
  finished: [COLUMN.completed, COLUMN.aborted],
  tokens: [COLUMN.promptTokens, COLUMN.generationTokens],
  preemptions: [COLUMN.preemptions],
  latency: [COLUMN.queueSum, COLUMN.latencySum, COLUMN.latencyCount, COLUMN.recentP99],
} as const;

type SeriesName = keyof typeof SERIES;
const seriesNames = Object.keys(SERIES) as [SeriesName, ...SeriesName[]];

/** Lines about what is seen of a fleet. */
export const METRICS_FAULTS = [
  z.strictObject({ kind: z.literal('metrics-stop'), at, until }).describe('Prometheus is gone: no scrape, no query.'),
  z
    .strictObject({
      kind: z.literal('metrics-stale'),
      at,
      until,
      share: share.default(1).describe('Of the pods, evenly spread.'),
    })
    .describe('Exporters freeze: scrapes go on and find the same values.'),
  z
    .strictObject({
      kind: z.literal('metrics-partial'),
      at,
      until,
      share: share.default(0.5).describe('Of the pods, the same ones all the time.'),
    })
    .describe('Scrapes of a share of the pods fail.'),
  z
    .strictObject({
      kind: z.literal('metrics-slow'),
      at,
      until,
      delay: duration(0.1, 120).default(5).describe('Until an answer; above 10 s our reader gives up.'),
    })
    .describe('Prometheus answers late, and decisions are late with it.'),
  z
    .strictObject({
      kind: z.literal('metrics-renamed'),
      at,
      until,
      series: z.array(z.enum(seriesNames)).min(1).default(seriesNames).describe('Which series; all where absent.'),
    })
    .describe('Engines expose series under names that nobody asks for.'),
] as const;

export type MetricsFault = z.output<(typeof METRICS_FAULTS)[number]>;

export function scheduleMetricsFault(fault: MetricsFault, telemetry: Telemetry, timers: EventQueue): void {
  const set = switchOf(fault, telemetry);
  during(
    timers,
    fault,
    (now) => set(true, now),
    (now) => set(false, now),
  );
}

function switchOf(fault: MetricsFault, telemetry: Telemetry): (isOn: boolean, now: number) => void {
  switch (fault.kind) {
    case 'metrics-stop':
      return (isOn) => {
        telemetry.isDown = isOn;
      };
    case 'metrics-stale':
      return (isOn, now) => telemetry.freeze(isOn ? fault.share : 0, now);
    case 'metrics-partial':
      return (isOn) => {
        telemetry.unscrapedShare = isOn ? fault.share : 0;
      };
    case 'metrics-slow':
      return (isOn) => {
        telemetry.queryTime = isOn ? fault.delay : 0;
      };
    case 'metrics-renamed':
      return (isOn) => {
        telemetry.hiddenColumns = isOn ? fault.series.flatMap((name) => SERIES[name]) : [];
      };
  }
}
