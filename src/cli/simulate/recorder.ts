import { latestOr } from '../../decision/window.js';
import type { RequestRecord } from '../../kisim/replica/request.js';
import type { TickRecord } from '../../scenarios/drive.js';
import { type CsvFile, createCsvFile } from '../csv-file.js';

const REQUEST_COLUMNS = [
  'traffic',
  'policy',
  'arrival_s',
  'input_tokens',
  'output_tokens',
  'scheduled_s',
  'first_token_s',
  'finished_s',
  'preemptions',
  'outcome',
];
const SIGNALS = ['queueDepth', 'runningRequests', 'completionRate', 'arrivalRate', 'p99Latency', 'kvUsage'] as const;
const TICK_COLUMNS = ['traffic', 'policy', 'tick_s', 'answer', 'spec', 'ready', 'starting', 'draining', ...SIGNALS];

export interface Recorder {
  /** The listeners of one run. */
  of(
    traffic: string,
    policy: string,
  ): { readonly onRequest?: (record: RequestRecord) => void; readonly onTick?: (tick: TickRecord) => void };
  close(): void;
}

/** Writes every request (in the order in which their ends were noticed) and every tick to the files asked for. */
export function openRecorder(files: {
  readonly requestsOut?: string | undefined;
  readonly ticksOut?: string | undefined;
}): Recorder {
  const requests = files.requestsOut === undefined ? undefined : createCsvFile(files.requestsOut, REQUEST_COLUMNS);
  const ticks = files.ticksOut === undefined ? undefined : createCsvFile(files.ticksOut, TICK_COLUMNS);
  return {
    of: (traffic, policy) => ({
      ...(requests ? { onRequest: (record: RequestRecord) => writeRequest(requests, traffic, policy, record) } : {}),
      ...(ticks ? { onTick: (tick: TickRecord) => writeTick(ticks, traffic, policy, tick) } : {}),
    }),
    close() {
      requests?.close();
      ticks?.close();
    },
  };
}

function writeRequest(file: CsvFile, traffic: string, policy: string, record: RequestRecord): void {
  const { arrival, inputTokens, outputTokens, scheduledAt, firstTokenAt, finishedAt, preemptions, outcome } = record;
  file.row([
    traffic,
    policy,
    arrival,
    inputTokens,
    outputTokens,
    scheduledAt,
    firstTokenAt,
    finishedAt,
    preemptions,
    outcome,
  ]);
}

function writeTick(
  file: CsvFile,
  traffic: string,
  policy: string,
  { tick, window, answer, replicas }: TickRecord,
): void {
  const { spec, ready, starting, draining } = replicas;
  const signals = SIGNALS.map((name) => window.series[name].at(-1) ?? latestOr(window, name, Number.NaN));
  file.row([traffic, policy, tick, answer.metricTotal ?? Number.NaN, spec, ready, starting, draining, ...signals]);
}
