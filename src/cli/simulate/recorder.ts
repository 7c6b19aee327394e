import { quantileSorted } from '../../base/statistics.js';
import { SIGNAL_NAMES } from '../../decision/signal.js';
import { latestOr } from '../../decision/window.js';
import { latenciesOf, type RequestRecord } from '../../kisim/replica/request.js';
import { originOf } from '../../report/answer-source.js';
import type { Binner } from '../../report/binner.js';
import { POD_PHASES, type TickSample, TickSampler } from '../../report/tick-sample.js';
import type { TickListener } from '../../scenarios/drive.js';
import { type CsvFile, createCsvFile } from '../csv-file.js';

const REQUEST_COLUMNS = [
  'arrival_s',
  'ttft_s',
  'tpot_s',
  'latency_s',
  'outcome',
  'input_tokens',
  'output_tokens',
  'scheduled_s',
  'first_token_s',
  'finished_s',
  'preemptions',
  'traffic',
  'policy',
];
const TICK_COLUMNS = [
  'tick_s',
  'traffic',
  'policy',
  'answer',
  'source',
  'reason',
  'guards',
  'spec',
  'starting',
  ...POD_PHASES.map((phase) => phase.replace('-', '_')),
  'arrivals',
  'ended',
  'misses',
  'waiting',
  'running',
  'kv_mean',
  'kv_max',
  ...['ttft', 'tpot', 'latency'].flatMap((name) => [`${name}_p50_s`, `${name}_p99_s`]),
  'dollars',
  ...SIGNAL_NAMES,
  'sentence',
];
/** Latencies are differences of times: below a nanosecond they hold nothing but rounding. */
const DIGITS = 9;

export interface RunListeners {
  readonly onRequest?: (record: RequestRecord) => void;
  readonly onTick?: TickListener;
}

export interface Recorder {
  /** The listeners of one run, whose samples a report may want too. */
  of(traffic: string, policy: string, binner?: Binner): RunListeners;
  /** The files are whole. */
  finish(): void;
  /** Nothing came of it: what was there before stays. */
  discard(): void;
}

/** Writes every request (in the order in which their ends were noticed) and every tick to the files asked for. */
export function openRecorder(files: {
  readonly requestsOut?: string | undefined;
  readonly ticksOut?: string | undefined;
}): Recorder {
  const requests = files.requestsOut === undefined ? undefined : createCsvFile(files.requestsOut, REQUEST_COLUMNS);
  const ticks = files.ticksOut === undefined ? undefined : createCsvFile(files.ticksOut, TICK_COLUMNS);
  return {
    of(traffic, policy, binner) {
      const sampler = ticks || binner ? new TickSampler() : undefined;
      const onRequest = (record: RequestRecord): void => {
        if (requests) writeRequest(requests, traffic, policy, record);
        sampler?.onRequest(record);
      };
      const onTick: TickListener = (tick, run) => {
        const sample = sampler?.sample(tick, run);
        if (!sample) return;
        if (ticks) writeTick(ticks, traffic, policy, sample);
        binner?.add(sample);
      };
      return { ...(requests || sampler ? { onRequest } : {}), ...(sampler ? { onTick } : {}) };
    },
    finish() {
      requests?.finish();
      ticks?.finish();
    },
    discard() {
      requests?.discard();
      ticks?.discard();
    },
  };
}

function writeRequest(file: CsvFile, traffic: string, policy: string, record: RequestRecord): void {
  const { arrival, inputTokens, outputTokens, scheduledAt, firstTokenAt, finishedAt, preemptions, outcome } = record;
  const { ttft, tpot, latency } = latenciesOf(record);
  file.row([
    arrival,
    ...[ttft, tpot, latency].map(rounded),
    outcome,
    inputTokens,
    outputTokens,
    scheduledAt,
    firstTokenAt,
    finishedAt,
    preemptions,
    traffic,
    policy,
  ]);
}

function writeTick(file: CsvFile, traffic: string, policy: string, sample: TickSample): void {
  const { tick, answer, window, replicas, phases, latencies } = sample;
  const { source, reason, guards, sentence } = originOf(answer);
  const { ttft, tpot, latency } = latencies;
  file.row([
    tick,
    traffic,
    policy,
    answer.metricTotal ?? Number.NaN,
    source,
    reason,
    guards.join(' '),
    replicas.spec,
    replicas.starting,
    ...POD_PHASES.map((phase) => phases.get(phase) ?? 0),
    sample.arrivals,
    sample.ended,
    sample.misses,
    sample.waiting,
    sample.running,
    sample.kvMean,
    sample.kvMax,
    ...[ttft, tpot, latency].flatMap((one) => [quantileSorted(one, 0.5), quantileSorted(one, 0.99)].map(rounded)),
    sample.dollars,
    ...SIGNAL_NAMES.map((name) => window.series[name].at(-1) ?? latestOr(window, name, Number.NaN)),
    sentence,
  ]);
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(DIGITS));
}
